// SPDX-License-Identifier: Apache-2.0
/**
 * Live mails in a list. At the top they are put in at once; further down they wait, counted, so that
 * nothing moves under the reader's eyes. With a search, the server says which of them match.
 */
import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { api, type Row, take } from "@/shared/api/client";
import { useRows } from "@/shared/state/live";

interface Page {
  items: Row[];
  next_cursor?: string | null;
}
type Pages = InfiniteData<Page, string | undefined>;

const LOOK_AFTER = 1200;

export function useArrivals(q: string, isAtTop: () => boolean) {
  const client = useQueryClient();
  const [waiting, setWaiting] = useState<readonly Row[]>([]);
  const [query, setQuery] = useState(q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  if (query !== q) {
    setQuery(q);
    setWaiting([]);
  }
  useEffect(() => () => clearTimeout(timer.current), [q]);

  const pages = () => client.getQueryData<Pages>(["messages", q]);
  const isKnown = (id: string) => pages()?.pages.some((page) => page.items.some((row) => row.id === id)) ?? false;

  const arrive = (rows: readonly Row[]) => {
    const fresh = rows.filter(({ id }) => !isKnown(id));
    if (fresh.length === 0) return;
    if (isAtTop()) client.setQueryData<Pages>(["messages", q], (old) => withFirst(old, fresh));
    else setWaiting((now) => [...fresh.filter(({ id }) => now.every((row) => row.id !== id)), ...now]);
  };

  const look = async () => {
    const page = await take(api.GET("/api/v1/messages", { params: { query: { q } } })).catch(() => undefined);
    const newest = pages()?.pages[0]?.items[0]?.received_at ?? "";
    if (page) arrive(page.items.filter((row) => row.received_at >= newest));
  };

  useRows((row) => {
    void client.invalidateQueries({ queryKey: ["message", row.id] });
    if (isKnown(row.id)) client.setQueryData<Pages>(["messages", q], (old) => withChanged(old, row));
    else if (q === "") arrive([row]);
    else {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void look(), LOOK_AFTER);
    }
  });

  const show = () => {
    client.setQueryData<Pages>(["messages", q], (old) => withFirst(old, waiting));
    setWaiting([]);
  };
  return { waiting: waiting.length, show };
}

function withFirst(old: Pages | undefined, rows: readonly Row[]): Pages | undefined {
  const [first, ...rest] = old?.pages ?? [];
  if (!old || !first) return old;
  return { ...old, pages: [{ ...first, items: [...rows, ...first.items] }, ...rest] };
}

function withChanged(old: Pages | undefined, changed: Row): Pages | undefined {
  if (!old) return old;
  const pages = old.pages.map((page) => ({ ...page, items: page.items.map((row) => (row.id === changed.id ? { ...row, ...changed } : row)) }));
  return { ...old, pages };
}
