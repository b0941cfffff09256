// SPDX-License-Identifier: Apache-2.0
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, type Schemas, take } from "@/shared/api/client";

export type Direction = Schemas["PeerDirection"];
export type Peer = Schemas["TlsPeer"];
export type NewPeer = Schemas["NewTlsPeer"];

/** In the address. `open` is "new", "import", "policy:DOMAIN", or the id of the peer that is changed. */
export interface TlsSearch {
  direction?: Direction;
  q?: string;
  open?: string;
}

export function tlsSearch(search: Record<string, unknown>): TlsSearch {
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  return {
    direction: search.direction === "inbound" || search.direction === "outbound" ? search.direction : undefined,
    q: text(search.q)?.slice(0, 100),
    open: text(search.open),
  };
}

export const PEERS = "/api/v1/tls_peers/peers";

export const peers = ({ direction, q }: TlsSearch) =>
  infiniteQueryOptions({
    queryKey: ["tls_peers", direction, q],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Schemas["TlsPeerPage"]) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam: cursor, signal }) => take(api.GET(PEERS, { params: { query: { direction, q, cursor } }, signal })),
  });

export const certificates = queryOptions({
  queryKey: ["certificates"],
  queryFn: ({ signal }) => take(api.GET("/api/v1/certificates", { signal })),
});

export const hosted = queryOptions({
  queryKey: ["mta_sts"],
  queryFn: ({ signal }) => take(api.GET("/api/v1/mta_sts/policies", { signal })),
});

export const LEVELS = ["opportunistic", "mandatory", "verified", "opportunistic_dane", "mandatory_dane", "mta_sts"] as const;

export function levelsFor(direction: Direction): readonly Schemas["Level"][] {
  return direction === "inbound" ? LEVELS.slice(0, 2) : LEVELS;
}

export const overview = (days: number) =>
  queryOptions({
    queryKey: ["tls_reports", "overview", days],
    queryFn: ({ signal }) => take(api.GET("/api/v1/tls_reports/overview", { params: { query: { days } }, signal })),
  });

export const sent = queryOptions({
  queryKey: ["tls_reports", "sent"],
  queryFn: ({ signal }) => take(api.GET("/api/v1/tls_reports/sent", { signal })),
});

/** The records of one domain that this page answers for, as the DNS has them now. */
export const records = (name: string) =>
  queryOptions({
    queryKey: ["dns", name],
    staleTime: 30_000,
    queryFn: ({ signal }) => take(api.GET("/api/v1/domains/{name}/dns", { params: { path: { name } }, signal })),
    select: ({ checks }: Schemas["DnsReport"]) => checks.filter(({ kind }) => kind.startsWith("mta_sts") || kind === "tls_reports"),
  });
