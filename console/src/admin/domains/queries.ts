// SPDX-License-Identifier: Apache-2.0
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, type Schemas, take } from "@/shared/api/client";

export const KEY = "domains";

export type DomainState = Schemas["DomainState"];
export type Domain = Schemas["DomainDetail"];
export type Server = Schemas["InboundServer"];

export const domains = (q?: string, state?: DomainState) =>
  infiniteQueryOptions({
    queryKey: [KEY, "list", q, state],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Schemas["DomainPage"]) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam: cursor, signal }) => take(api.GET("/api/v1/domains", { params: { query: { q, state, cursor } }, signal })),
  });

/** One that waits for its proof is asked for again by itself: the server looks for it. */
export const domain = (name: string) =>
  queryOptions({
    queryKey: [KEY, "one", name],
    queryFn: ({ signal }) => take(api.GET("/api/v1/domains/{name}", { params: { path: { name } }, signal })),
    refetchInterval: ({ state }) => (state.data?.state === "unverified" ? 15_000 : false),
  });

export const dns = (name: string) =>
  queryOptions({
    queryKey: [KEY, "dns", name],
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    queryFn: ({ signal }) => take(api.GET("/api/v1/domains/{name}/dns", { params: { path: { name } }, signal })),
  });

export const deletion = (name: string) =>
  queryOptions({
    queryKey: [KEY, "deletion", name],
    staleTime: 0,
    queryFn: ({ signal }) => take(api.GET("/api/v1/domains/{name}/deletion", { params: { path: { name } }, signal })),
  });

export const recipients = (domain: string, q?: string) =>
  infiniteQueryOptions({
    queryKey: [KEY, "recipients", domain, q],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Schemas["RecipientPage"]) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam: cursor, signal }) => take(api.GET("/api/v1/directory_import/recipients", { params: { query: { domain, q, cursor } }, signal })),
  });

export const TABS = ["servers", "verification", "dns", "recipients", "test"] as const;
export type Tab = (typeof TABS)[number];

export function isTab(value: unknown): value is Tab {
  return TABS.some((tab) => tab === value);
}

/** What the list shows, in the address. */
export interface DomainsSearch {
  q?: string;
  state?: DomainState;
  open?: "new";
}

export function domainsSearch(search: Record<string, unknown>): DomainsSearch {
  const states: DomainState[] = ["verified", "unverified", "proof_missing"];
  return {
    q: typeof search.q === "string" && search.q !== "" ? search.q.slice(0, 100) : undefined,
    state: states.find((state) => state === search.state),
    open: search.open === "new" ? "new" : undefined,
  };
}

/** What one domain's page shows: its tab, what is searched among its recipients, and the dialog that is open. */
export interface DomainSearch {
  tab?: Tab;
  q?: string;
  open?: "delete" | "import";
}

export function domainSearch(search: Record<string, unknown>): DomainSearch {
  return {
    tab: isTab(search.tab) ? search.tab : undefined,
    q: typeof search.q === "string" && search.q !== "" ? search.q.slice(0, 100) : undefined,
    open: search.open === "delete" || search.open === "import" ? search.open : undefined,
  };
}
