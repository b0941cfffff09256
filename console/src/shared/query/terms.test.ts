// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { cut, frozen, holds, quoted, toggled, without } from "./terms";

const texts = (query: string) => cut(query).map(({ text }) => text);

describe("a query in terms", () => {
  it("keeps quotes, groups and OR together", () => {
    expect(texts('verdict:phishing "two words" subject:"a b"')).toEqual(["verdict:phishing", '"two words"', 'subject:"a b"']);
    expect(texts("(from:a OR from:b) x")).toEqual(["(from:a OR from:b)", "x"]);
    expect(texts("from:a OR from:b x")).toEqual(["from:a OR from:b", "x"]);
    expect(texts("  ")).toEqual([]);
  });

  it("knows keys, values and negation", () => {
    expect(cut("-verdict:clean NOT from:x")).toMatchObject([
      { key: "verdict", value: "clean", negated: true },
      { key: "from", value: "x", negated: true },
    ]);
  });

  it("survives what nobody should type", () => {
    for (const odd of ['"', "(((", ")))", "OR", "NOT", "a OR", ":::", "-", '-"']) expect(() => cut(odd)).not.toThrow();
    expect(texts("OR OR a")).toEqual(["a"]);
  });

  it("takes one term out and leaves the others as they were", () => {
    const query = 'verdict:spam NOT from:x "two  words"';
    const [, second] = cut(query);
    expect(second && without(query, second)).toBe('verdict:spam "two words"');
  });

  it("puts a quick filter in and takes it out again", () => {
    expect(toggled("x", "last:24h")).toBe("x last:24h");
    expect(toggled("x last:24h", "last:24h")).toBe("x");
    expect(holds("x last:24h", "last:24h")).toBe(true);
    expect(holds('"last:24h"', "last:24h")).toBe(false);
  });

  it("quotes a value that needs it", () => {
    expect(quoted("a@b.test")).toBe("a@b.test");
    expect(quoted('a "b" c')).toBe('"a b c"');
  });

  it("writes a relative time as the moment it means", () => {
    const now = new Date("2026-11-24T12:00:00Z");
    expect(frozen("verdict:spam last:7d", now)).toBe("verdict:spam after:2026-11-17T12:00:00Z before:2026-11-24T12:00:00Z");
    expect(frozen("subject:last:7d", now)).toBe("subject:last:7d");
  });
});
