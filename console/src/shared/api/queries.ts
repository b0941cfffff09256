// SPDX-License-Identifier: Apache-2.0
/** Every question the console asks of the server, named once; screens only pick. */
import { infiniteQueryOptions, QueryCache, QueryClient, queryOptions } from "@tanstack/react-query";

import { api, Fault, type Schemas, take } from "./client";

export type Period = "24h" | "7d" | "30d";
const MINUTE = 60_000;

let signedOut: () => void = () => undefined;

/** What to do when the server no longer knows the session, in the middle of work. */
export function onSignedOut(act: () => void): void {
  signedOut = act;
}

export const client = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof Fault && error.problem.status === 401) signedOut();
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (count, error) => count < 1 && error instanceof Fault && (error.problem.status === 0 || error.problem.status >= 502),
    },
  },
});

export const session = queryOptions({
  queryKey: ["session"],
  staleTime: 5 * MINUTE,
  queryFn: ({ signal }) => take(api.GET("/api/v1/session", { signal })),
});

export const overview = (period: Period) =>
  queryOptions({
    queryKey: ["overview", period],
    refetchInterval: MINUTE,
    queryFn: ({ signal }) => take(api.GET("/api/v1/overview", { params: { query: { period } }, signal })),
  });

export const messages = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["messages", q],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Schemas["MessagePage"]) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      take(api.GET("/api/v1/messages", { params: { query: { q, cursor } }, signal })),
  });

export const quarantine = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["quarantine", q],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Schemas["QuarantinePage"]) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      take(api.GET("/api/v1/quarantine", { params: { query: { q, cursor } }, signal })),
  });

export const message = (id: string) =>
  queryOptions({
    queryKey: ["message", id],
    queryFn: ({ signal }) => take(api.GET("/api/v1/messages/{id}", { params: { path: { id } }, signal })),
  });

/** The frame's address works for five minutes; it is asked anew before that. */
export const preview = (id: string) =>
  queryOptions({
    queryKey: ["preview", id],
    staleTime: 4 * MINUTE,
    refetchOnWindowFocus: false,
    queryFn: ({ signal }) => take(api.GET("/api/v1/messages/{id}/preview", { params: { path: { id } }, signal })),
  });

export const raw = (id: string) =>
  queryOptions({
    queryKey: ["raw", id],
    staleTime: Infinity,
    queryFn: ({ signal }) =>
      take(api.GET("/api/v1/messages/{id}/raw", { params: { path: { id } }, parseAs: "text", signal })),
  });

export const searchSchema = queryOptions({
  queryKey: ["search-schema"],
  staleTime: Infinity,
  queryFn: ({ signal }) => take(api.GET("/api/v1/search/schema", { signal })),
});

export const notice = queryOptions({
  queryKey: ["notice"],
  staleTime: 5 * MINUTE,
  queryFn: ({ signal }) => take(api.GET("/api/v1/notice", { signal })),
});

export const ledger = queryOptions({
  queryKey: ["ledger"],
  queryFn: ({ signal }) => {
    const since = new Date(Date.now() - 7 * 24 * 60 * MINUTE).toISOString();
    return take(api.GET("/api/v1/ledger/summary", { params: { query: { since } }, signal }));
  },
});

export const health = queryOptions({
  queryKey: ["health"],
  refetchInterval: 30_000,
  queryFn: ({ signal }) => take(api.GET("/api/v1/health", { signal })),
});
