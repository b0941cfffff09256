// SPDX-License-Identifier: Apache-2.0
/**
 * Cuts a query into the terms that chips show. The server alone understands queries; here it is only
 * known where a term begins and ends, so that a chip can be taken out of the text and put in again.
 */
export interface Term {
  start: number;
  end: number;
  text: string;
  negated: boolean;
  key?: string;
  value?: string;
}

/** Words, quoted words, keyed terms and groups; terms joined by OR are one chip, as one is void without the other. */
export function cut(query: string): Term[] {
  const terms: Term[] = [];
  let joined = false;
  for (const [start, end] of pieces(query)) {
    const text = query.slice(start, end);
    const last = terms.at(-1);
    if (text === "OR" && last) joined = true;
    else if (joined && last) {
      terms[terms.length - 1] = { start: last.start, end, text: query.slice(last.start, end), negated: false };
      joined = false;
    } else if (text === "NOT" || text === "AND" || text === "OR") continue;
    else terms.push(term(query, start, end));
  }
  return terms;
}

/** The query without one of its terms. */
export function without(query: string, gone: Term): string {
  const before = query.slice(0, gone.start).replace(/\b(NOT|AND)\s*$/, "");
  return `${before} ${query.slice(gone.end)}`.replace(/\s+/g, " ").trim();
}

/** The query with a term put in, or taken out if it was there: what a quick filter does. */
export function toggled(query: string, added: string): string {
  const there = cut(query).find((one) => one.text === added);
  return there ? without(query, there) : `${query.trim()} ${added}`.trim();
}

export function holds(query: string, text: string): boolean {
  return cut(query).some((one) => one.text === text);
}

/** A value as it must be written behind a key. */
export function quoted(value: string): string {
  return /[\s"()]/.test(value) ? `"${value.replaceAll('"', "")}"` : value;
}

const UNITS: Record<string, number> = { m: 60, h: 3600, d: 86400, w: 604800 };

/** "last:7d" written as the moment it means now, so that a link shows the same mails next year. */
export function frozen(query: string, now: Date): string {
  return query.replace(/(^|[\s(])last:(\d{1,4})([mhdw])(?=$|[\s)])/g, (_whole, before: string, count: string, unit: string) => {
    const since = new Date(now.getTime() - Number(count) * (UNITS[unit] ?? 0) * 1000);
    return `${before}after:${since.toISOString().slice(0, 19)}Z before:${now.toISOString().slice(0, 19)}Z`;
  });
}

/** The piece that the caret stands in or right behind, for typeahead. */
export function pieceAt(query: string, caret: number): { start: number; text: string } {
  const before = query.slice(0, caret);
  const start = Math.max(before.lastIndexOf(" "), before.lastIndexOf("(")) + 1;
  return { start, text: before.slice(start) };
}

function term(query: string, start: number, end: number): Term {
  const text = query.slice(start, end);
  const negated = text.startsWith("-") || /\bNOT\s+$/.test(query.slice(0, start));
  const keyed = /^-?([a-z_]+):(.*)$/s.exec(text);
  return { start, end, text, negated, key: keyed?.[1], value: keyed?.[2] };
}

function* pieces(query: string): Generator<[number, number]> {
  let start = -1;
  let depth = 0;
  let inQuotes = false;
  for (let at = 0; at <= query.length; at += 1) {
    const sign = query[at];
    const ends = sign === undefined || (sign === " " && !inQuotes && depth === 0);
    if (ends) {
      if (start >= 0) yield [start, at];
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (sign === '"') inQuotes = !inQuotes;
    if (!inQuotes && sign === "(") depth += 1;
    if (!inQuotes && sign === ")") depth = Math.max(0, depth - 1);
  }
}
