// SPDX-License-Identifier: Apache-2.0
import { queryOptions } from "@tanstack/react-query";

import { api, Fault, type Schemas, take } from "@/shared/api/client";

export const METHODS = ["sender_ip", "spf", "dkim", "dmarc"] as const;
export type Method = (typeof METHODS)[number];
export type DomainRules = Schemas["DomainRules"];
export type DkimKey = Schemas["DkimKey"];

/** In the address: the rule that is open ("default" for the default), or "new:DOMAIN" for a key that is made. */
export interface AuthenticationSearch {
  domain?: string;
  method?: Method;
  open?: string;
}

export function authenticationSearch(search: Record<string, unknown>): AuthenticationSearch {
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  return {
    domain: text(search.domain),
    method: METHODS.find((method) => method === search.method),
    open: text(search.open),
  };
}

export const rules = queryOptions({
  queryKey: ["authentication"],
  queryFn: ({ signal }) => take(api.GET("/api/v1/authentication/rules", { signal })),
});

export const keys = queryOptions({
  queryKey: ["dkim_signing"],
  refetchInterval: 15_000, // A key moves on by itself.
  queryFn: ({ signal }) => take(api.GET("/api/v1/dkim_signing/keys", { signal })),
});

export function writeRule(domain: string, method: Method, rule: unknown) {
  const params = { path: { domain } };
  switch (method) {
    case "sender_ip": return take(api.PUT("/api/v1/authentication/rules/{domain}/sender_ip", { params, body: rule as Schemas["SenderIpRule"] }));
    case "spf": return take(api.PUT("/api/v1/authentication/rules/{domain}/spf", { params, body: rule as Schemas["SpfRule"] }));
    case "dkim": return take(api.PUT("/api/v1/authentication/rules/{domain}/dkim", { params, body: rule as Schemas["DkimRule"] }));
    case "dmarc": return take(api.PUT("/api/v1/authentication/rules/{domain}/dmarc", { params, body: rule as Schemas["DmarcRule"] }));
  }
}

/** What the server said against a request, in words: of each field that it objects to, or of the whole. */
export function objection(error: unknown, otherwise: string): string {
  if (!(error instanceof Fault)) return otherwise;
  return error.problem.errors?.map(({ detail }) => detail).join(" ") || error.problem.detail || otherwise;
}
