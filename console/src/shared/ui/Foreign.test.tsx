// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { show } from "@/shared/testing/show";

import { Foreign, plain } from "./Foreign";

describe("what a stranger wrote", () => {
  it("is text and nothing else", () => {
    const { container } = show(<Foreign>{'<img src=x onerror="alert(1)">'}</Foreign>);
    expect(container.querySelector("img")).toBeNull();
    expect(container).toHaveTextContent('<img src=x onerror="alert(1)">');
  });

  it("cannot turn the writing direction, and shows what is made to be unseen", () => {
    const { container } = show(<Foreign>{"invoice\u202egpj.exe\u200b"}</Foreign>);
    expect(container).toHaveTextContent("invoiceU+202Egpj.exeU+200B");
    expect(container.textContent).not.toContain("\u202e");
    expect(container.querySelector("bdi")).not.toBeNull();
    expect(plain("a\u202eb")).toBe("a[U+202E]b");
  });
});
