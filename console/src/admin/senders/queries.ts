// SPDX-License-Identifier: Apache-2.0
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { api, type Schemas, take } from "@/shared/api/client";
import type { EntriesSearch } from "@/shared/entries/entries";

const KEY = "sender_filter";

export const senderEntries = ({ q, list, target, sort }: EntriesSearch) =>
  infiniteQueryOptions({
    queryKey: [KEY, "senders", q, list, target, sort],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Schemas["SenderEntryPage"]) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      take(api.GET("/api/v1/sender_filter/senders", { params: { query: { q, list: list as Schemas["SenderList"] | undefined, target, sort: sort as Schemas["SenderSort"], cursor } }, signal })),
  });

export const senderExplanation = (sender: string, recipient: string) =>
  queryOptions({
    queryKey: [KEY, "explanation", sender, recipient],
    retry: false,
    queryFn: ({ signal }) => take(api.GET("/api/v1/sender_filter/explanation", { params: { query: { sender, recipient } }, signal })),
  });
