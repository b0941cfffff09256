// SPDX-License-Identifier: Apache-2.0
/** What a draft changes, and what is sent for it. */
import type { Value, Values } from "./schema";

export function same(one: Value, other: Value): boolean {
  return JSON.stringify(ordered(one)) === JSON.stringify(ordered(other));
}

/** The options in which two sets of values differ. */
export function changed(before: Values, after: Values): string[] {
  return Object.keys(after).filter((name) => !same(before[name], after[name]));
}

/** What the server is told: whatever is not a default, since all that is not named goes back to its default. */
export function chosen(values: Values, defaults: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => !same(value, defaults[name])));
}

function ordered(value: Value): Value {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, ordered(inner)]));
}
