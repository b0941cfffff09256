// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { inside } from "./inside";

describe("the place after signing in", () => {
  it("is a place in the console", () => {
    expect(inside("/console/messages?q=x")).toBe("/console/messages?q=x");
    expect(inside(undefined)).toBe("/console/");
  });

  it("is never somewhere else", () => {
    for (const evil of ["https://evil.test/", "//evil.test", "/consolex", "/\\evil.test", "/console/\\evil.test", "javascript:alert(1)"]) {
      expect(inside(evil)).toBe("/console/");
    }
  });
});
