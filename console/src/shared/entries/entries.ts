// SPDX-License-Identifier: Apache-2.0
/** What every list of entries has: where it stands in the address, how it is asked for, and how it is changed. */
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import type { Schemas } from "@/shared/api/client";

/** The lists that an entry may be in; most kinds have the first two. */
export type ListWord = "approved" | "blocked" | "keyword";

export const USUAL_LISTS: readonly ListWord[] = ["approved", "blocked"];

export interface Entry {
  id: string;
  list: ListWord;
  note: string;
  expires_at: string | null;
  created_at: string;
  created_by: string;
}

export interface NewEntry {
  list: ListWord;
  note?: string;
  expires_at?: string | null;
}

/** In the address. `open` is "new", "import", or the id of the entry that is edited. */
export interface EntriesSearch {
  q?: string;
  list?: ListWord;
  target?: string;
  sort?: string;
  open?: string;
}

export interface Column<E> {
  key: string;
  label: string;
  cell: (entry: E) => ReactNode;
  /** The word that the server sorts by. */
  sort?: string;
}

export type EntriesPages<E> = UseInfiniteQueryResult<InfiniteData<{ items: E[]; next_cursor: string | null }>>;

/** What a list is, and what can be done with it. The words stand in the catalogue under `entries.<noun>`. */
export interface EntriesKind<E extends Entry, N extends NewEntry> {
  noun: string;
  /** Approved and blocked, unless it says otherwise. */
  lists?: readonly ListWord[];
  /** First part of its query keys; a change makes them stale. */
  queryKey: string;
  columns: Column<E>[];
  /** How an entry is called in labels and questions. */
  name: (entry: E) => string;
  blank: N;
  again: (entry: E) => N;
  /** The fields that make the entry what it is; they cannot be changed later. */
  fields: (props: { value: N; onChange: (change: Partial<N>) => void; fixed: boolean; error?: string }) => ReactNode;
  add: (entry: N) => Promise<E>;
  remove: (ids: string[]) => Promise<unknown>;
  bring: (order: { list: E["list"]; csv: string; mode: "merge" | "overwrite"; dry_run: boolean }) => Promise<Schemas["ImportPlan"]>;
  /** Address of the CSV file of a list. */
  exportHref: (list: ListWord) => string;
  /** A few lines of a file, to begin with. */
  example: string;
}

/** What belongs to a list in an address; anything else is left out. */
export function entriesSearch(search: Record<string, unknown>): EntriesSearch {
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  return {
    q: text(search.q)?.slice(0, 100),
    list: search.list === "approved" || search.list === "blocked" || search.list === "keyword" ? search.list : undefined,
    target: text(search.target)?.slice(0, 320),
    sort: text(search.sort),
    open: text(search.open),
  };
}

/** The moment of a `datetime-local` field, in the form that the field wants. */
export function toField(at: string | null | undefined): string {
  if (!at) return "";
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function fromField(text: string): string | null {
  const date = new Date(text);
  return text === "" || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
