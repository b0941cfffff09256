// SPDX-License-Identifier: Apache-2.0
import { act, renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { asOf, useSelection } from "./selection";

const ROWS = ["a", "b", "c", "d"].map((id) => ({ id }));

describe("a selection", () => {
  it("grows, shrinks, and takes a range with shift", () => {
    const { result } = renderHook(() => useSelection("", ROWS));
    act(() => result.current.toggle("a", false));
    act(() => result.current.toggle("c", true));
    expect(result.current.order()).toEqual({ ids: ["a", "b", "c"] });
    act(() => result.current.toggle("b", false));
    expect(result.current.order()).toEqual({ ids: ["a", "c"] });
  });

  it("of all that match is a search that leaves out what comes later", () => {
    const now = new Date("2026-11-24T12:00:00Z");
    expect(asOf("verdict:spam OR verdict:graymail", now)).toBe("(verdict:spam OR verdict:graymail) before:2026-11-24T12:00:00Z");
    const { result } = renderHook(() => useSelection("verdict:spam", ROWS));
    act(() => result.current.allMatching());
    expect(result.current.order().q).toMatch(/^\(verdict:spam\) before:\d{4}-/);
    expect(result.current.order().ids).toBeUndefined();
  });

  it("ends when the search changes", () => {
    const { result, rerender } = renderHook(({ q }) => useSelection(q, ROWS), { initialProps: { q: "" } });
    act(() => result.current.allMatching());
    rerender({ q: "x" });
    expect(result.current.size).toBe(0);
    expect(result.current.everything).toBe(false);
  });
});
