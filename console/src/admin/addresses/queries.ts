// SPDX-License-Identifier: Apache-2.0
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, type Schemas, take } from "@/shared/api/client";
import type { EntriesSearch } from "@/shared/entries/entries";

const KEY = "ip_reputation";

export const addressEntries = ({ q, list, sort }: EntriesSearch) =>
  infiniteQueryOptions({
    queryKey: [KEY, "addresses", q, list, sort],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Schemas["AddressEntryPage"]) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      take(api.GET("/api/v1/ip_reputation/addresses", { params: { query: { q, list: list as Schemas["AddressList"] | undefined, sort: sort as Schemas["AddressSort"], cursor } }, signal })),
  });

export const penalties = queryOptions({
  queryKey: [KEY, "penalties"],
  refetchInterval: 15_000,
  queryFn: ({ signal }) => take(api.GET("/api/v1/ip_reputation/penalties", { signal })),
});

export const dnsLists = queryOptions({
  queryKey: [KEY, "dns_lists"],
  refetchInterval: 30_000,
  queryFn: ({ signal }) => take(api.GET("/api/v1/ip_reputation/dns_lists", { signal })),
});

/** The lists are asked anew each time: it can take some seconds. */
export const addressExplanation = (address: string) =>
  queryOptions({
    queryKey: [KEY, "explanation", address],
    refetchOnWindowFocus: false,
    retry: false,
    queryFn: ({ signal }) => take(api.GET("/api/v1/ip_reputation/explanation", { params: { query: { address } }, signal })),
  });
