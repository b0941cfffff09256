// SPDX-License-Identifier: Apache-2.0
import { queryOptions } from "@tanstack/react-query";

import { api, Fault, type Schemas, take } from "@/shared/api/client";

export type Connector = Schemas["Connector"];
export type NewConnector = Schemas["NewConnector"];
export type Made = Schemas["MadeConnector"];
export type Pause = Schemas["Pause"];
export type ProofKind = Schemas["ProofKind"];

export const PROOFS = ["address", "header", "secret"] as const satisfies readonly ProofKind[];
const SECONDS = 15_000;

/** In the address. `open` is "new" or the id of the connector that is changed. */
export interface OutboundSearch {
  open?: string;
}

export function outboundSearch(search: Record<string, unknown>): OutboundSearch {
  return { open: typeof search.open === "string" && search.open !== "" ? search.open : undefined };
}

export const outbound = queryOptions({
  queryKey: ["outbound", "connectors"],
  queryFn: ({ signal }) => take(api.GET("/api/v1/outbound/connectors", { signal })),
});

export const pauses = queryOptions({
  queryKey: ["outbound", "pauses"],
  refetchInterval: SECONDS,
  queryFn: ({ signal }) => take(api.GET("/api/v1/outbound/pauses", { signal })),
});

export const spf = (name: string) =>
  queryOptions({
    queryKey: ["outbound", "spf", name],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const report = await take(api.GET("/api/v1/domains/{name}/dns", { params: { path: { name } }, signal }));
      return report.checks.find(({ kind }) => kind === "outbound_spf") ?? null;
    },
  });

export function words(fault: unknown, unreachable: string): string {
  if (!(fault instanceof Fault)) return String(fault);
  return fault.problem.errors?.map(({ detail }) => detail).join(" ") ?? fault.problem.detail ?? unreachable;
}
