// SPDX-License-Identifier: Apache-2.0
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, type Schemas, take } from "@/shared/api/client";
import type { EntriesSearch } from "@/shared/entries/entries";

const KEY = "web_reputation";

export const webExceptions = ({ q, list, sort }: EntriesSearch) =>
  infiniteQueryOptions({
    queryKey: [KEY, "exceptions", q, list, sort],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Schemas["WebExceptionPage"]) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      take(api.GET("/api/v1/web_reputation/exceptions", { params: { query: { q, list: list as Schemas["WebExceptionList"] | undefined, sort: sort as Schemas["WebExceptionSort"], cursor } }, signal })),
  });

export const webLists = queryOptions({
  queryKey: [KEY, "lists"],
  refetchInterval: 30_000,
  queryFn: ({ signal }) => take(api.GET("/api/v1/web_reputation/lists", { signal })),
});

export const webLevels = queryOptions({
  queryKey: [KEY, "levels"],
  staleTime: Infinity,
  queryFn: ({ signal }) => take(api.GET("/api/v1/web_reputation/levels", { signal })),
});

/** DNS lists are asked anew each time: it can take some seconds. */
export const webExplanation = (url: string) =>
  queryOptions({
    queryKey: [KEY, "explanation", url],
    refetchOnWindowFocus: false,
    retry: false,
    queryFn: ({ signal }) => take(api.POST("/api/v1/web_reputation/explanation", { body: { url }, signal })),
  });
