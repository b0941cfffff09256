// SPDX-License-Identifier: Apache-2.0
/** What the search box offers while somebody types: keys first, then the values of a key. */
import type { Schemas } from "@/shared/api/client";

import { pieceAt } from "./terms";

export interface Suggestion {
  insert: string;
  label: string;
  help: string;
  /** Whole replaces the query; otherwise the piece from `start` to the caret is replaced. */
  whole: boolean;
  start: number;
}

const MOST = 9;

export function suggest(schema: Schemas["SearchSchema"] | undefined, query: string, caret: number): Suggestion[] {
  if (!schema) return [];
  if (query.trim() === "") {
    return schema.examples.map(({ q, means }) => ({ insert: q, label: q, help: means, whole: true, start: 0 }));
  }
  const { start, text } = pieceAt(query, caret);
  const bare = text.replace(/^-/, "");
  const minus = text.length - bare.length;
  const colon = bare.indexOf(":");
  if (colon < 0) return bare === "" ? [] : keys(schema, bare, start + minus);
  return values(schema, bare, colon, start + minus);
}

function keys(schema: Schemas["SearchSchema"], typed: string, start: number): Suggestion[] {
  const wanted = typed.toLowerCase();
  return schema.keys
    .filter(({ key }) => key.startsWith(wanted))
    .slice(0, MOST)
    .map(({ key, help }) => ({ insert: `${key}:`, label: `${key}:`, help, whole: false, start }));
}

function values(schema: Schemas["SearchSchema"], bare: string, colon: number, start: number): Suggestion[] {
  const key = schema.keys.find((one) => one.key === bare.slice(0, colon));
  if (!key?.values) return [];
  const list = bare.slice(colon + 1);
  const comma = list.lastIndexOf(",");
  const typed = list.slice(comma + 1).toLowerCase();
  const taken = new Set(list.slice(0, Math.max(0, comma)).split(","));
  return key.values
    .filter((value) => value.startsWith(typed) && value !== typed && !taken.has(value))
    .slice(0, MOST)
    .map((value) => ({ insert: `${value} `, label: value, help: key.help, whole: false, start: start + colon + comma + 2 }));
}
