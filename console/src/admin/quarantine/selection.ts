// SPDX-License-Identifier: Apache-2.0
/** A selection: some mails, or all that match a search as it stood when it was made. */
import { useState } from "react";

import type { Schemas } from "@/shared/api/client";

export interface Selection {
  has: (id: string) => boolean;
  toggle: (id: string, range: boolean) => void;
  allShown: () => void;
  allMatching: () => void;
  clear: () => void;
  /** What goes to the server. */
  order: () => Schemas["Selection"];
  size: number;
  everything: boolean;
}

export function useSelection(q: string, rows: readonly { id: string }[]): Selection {
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [frozenQuery, setFrozenQuery] = useState<string>();
  const [last, setLast] = useState<string>();
  const [query, setQuery] = useState(q);
  const clear = () => {
    setPicked(new Set());
    setFrozenQuery(undefined);
  };
  if (query !== q) {
    setQuery(q);
    clear();
  }
  const toggle = (id: string, range: boolean) => {
    const next = new Set(frozenQuery === undefined ? picked : rows.map((row) => row.id));
    const on = !next.has(id);
    for (const one of range ? between(rows, last, id) : [id]) {
      if (on) next.add(one);
      else next.delete(one);
    }
    setFrozenQuery(undefined);
    setPicked(next);
    setLast(id);
  };
  const everything = frozenQuery !== undefined;
  return {
    has: (id) => everything || picked.has(id),
    toggle,
    allShown: () => setPicked(new Set(rows.map(({ id }) => id))),
    allMatching: () => setFrozenQuery(asOf(q, new Date())),
    clear,
    order: () => (frozenQuery === undefined ? { ids: [...picked] } : { q: frozenQuery }),
    size: everything ? Math.max(1, rows.length) : picked.size,
    everything,
  };
}

/** A search that leaves out what arrives later, so that nothing unseen is released or deleted. */
export function asOf(q: string, now: Date): string {
  const limit = `before:${now.toISOString().slice(0, 19)}Z`;
  return q.trim() ? `(${q.trim()}) ${limit}` : limit;
}

function between(rows: readonly { id: string }[], from: string | undefined, to: string): string[] {
  const [a, b] = [rows.findIndex(({ id }) => id === from), rows.findIndex(({ id }) => id === to)];
  return a < 0 ? [to] : rows.slice(Math.min(a, b), Math.max(a, b) + 1).map(({ id }) => id);
}
