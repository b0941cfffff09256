// SPDX-License-Identifier: Apache-2.0
/** What the queue page asks, and the selection that its address holds. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, type Schemas, take } from "@/shared/api/client";

export type Destination = Schemas["QueueDestination"];
export type QueueRow = Schemas["QueueRow"];
export type Order = Schemas["QueueOrder"];

export interface QueueSearch {
  destination?: string;
  q?: string;
}

const BUSY = 2000;
const QUIET = 10_000;

/** Every two seconds while something waits, so that one sees it go. */
export const queueState = queryOptions({
  queryKey: ["queue", "state"],
  queryFn: ({ signal }): Promise<Schemas["QueueOverview"]> => take(api.GET("/api/v1/queue/destinations", { signal })),
  refetchInterval: ({ state }) => (state.data?.waiting ? BUSY : QUIET),
});

export const queueCopies = ({ destination, q = "" }: QueueSearch) =>
  infiniteQueryOptions({
    queryKey: ["queue", "copies", destination, q],
    initialPageParam: undefined as string | undefined,
    refetchInterval: 2 * BUSY,
    getNextPageParam: (page: Schemas["QueuePage"]) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam: cursor, signal }) => take(api.GET("/api/v1/queue/copies", { params: { query: { q, destination, cursor } }, signal })),
  });

export function queueSearch(search: Record<string, unknown>): QueueSearch {
  return { destination: text(search.destination), q: text(search.q) };
}

/** Both halves of what is looked at, as one search, for an order about all of it. */
export function asQuery({ destination, q = "" }: QueueSearch): string {
  const to = destination ? `rcpt:*@${destination}` : "";
  return q.trim() && to ? `(${q.trim()}) ${to}` : q.trim() || to;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
