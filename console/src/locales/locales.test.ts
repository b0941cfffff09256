// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import de from "./de.json";
import en from "./en.json";

const sources = import.meta.glob<string>("../**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });

function flat(words: object, before = ""): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === "string") all.set(before + key, value);
    else for (const [inner, text] of flat(value as object, `${before}${key}.`)) all.set(inner, text);
  }
  return all;
}

const holes = (text: string) => [...text.matchAll(/\{\{\w+\}\}/g)].map(([hole]) => hole).sort();

describe("the catalogues", () => {
  it("hold the same words, with the same holes to fill", () => {
    const [english, german] = [flat(en), flat(de)];
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [key, text] of english) expect([key, holes(german.get(key) ?? "")]).toEqual([key, holes(text)]);
  });

  it("hold every word that a screen asks for", () => {
    const keys = new Set([...flat(en).keys()].map((key) => key.replace(/_(zero|one|other)$/, "")));
    const missing = Object.entries(sources)
      .filter(([path]) => !path.includes(".test."))
      .flatMap(([path, text]) => [...text.matchAll(/\bt\("([^"]+)"/g)].map(([, key]) => [path, key ?? ""] as const))
      .filter(([, key]) => !keys.has(key));
    expect(missing).toEqual([]);
  });
});
