// SPDX-License-Identifier: Apache-2.0
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import type { Reason } from "@/shared/api/client";
import { show } from "@/shared/testing/show";

import { Weights } from "./Weights";
import { span, steps, total } from "./weights";

const reason = (id: string, weight: number): Reason => ({ id, text: `Signal ${id}`, weight, evidence: "", place: "" });
const SOME = [reason("lowers", -1.2), reason("a", 3.5), reason("b", 2.8), reason("c", 0.1)];

describe("the sums", () => {
  it("end at the score, each bar beginning where the last one ended", () => {
    const all = steps(SOME);
    expect(all.map(({ reason: { id } }) => id)).toEqual(["a", "b", "c", "lowers"]);
    for (let at = 1; at < all.length; at += 1) expect(all[at]?.from).toBe(all[at - 1]?.to);
    expect(all.at(-1)?.to).toBeCloseTo(total(SOME), 9);
    expect(total(SOME)).toBe(5.2);
  });

  it("do not stumble over binary fractions", () => {
    expect(total([reason("a", 0.1), reason("b", 0.2)])).toBe(0.3);
  });

  it("always show zero and the mark", () => {
    expect(span(steps([reason("a", -2)]), 5)[0]).toBe(-2);
    expect(span(steps([reason("a", 1)]), 5)[1]).toBeGreaterThanOrEqual(5);
  });
});

describe("the panel", () => {
  it("shows a sum equal to the score, and which signals lower it, in words", () => {
    show(<Weights reasons={SOME} score={5.2} threshold={5} />);
    expect(screen.getByTestId("sum")).toHaveTextContent("5.2");
    expect(screen.queryByRole("alert")).toBeNull();
    const lowers = screen.getByText("Signal lowers").closest("li");
    expect(lowers).toHaveTextContent("lowers by -1.2");
    expect(screen.getByText("counts as caught from 5.0")).toBeInTheDocument();
  });

  it("says so when the server's score is not the sum", () => {
    show(<Weights reasons={SOME} score={9} threshold={5} />);
    expect(screen.getByRole("alert")).toHaveTextContent("add up to 5.2, but the score is 9.0");
  });

  it("folds the lightest of many and unfolds them", async () => {
    const many = Array.from({ length: 10 }, (_unused, index) => reason(`s${index}`, 1 + index / 10));
    show(<Weights reasons={many} score={total(many)} threshold={5} />);
    expect(screen.getAllByRole("listitem")).toHaveLength(6);
    await userEvent.click(screen.getByRole("button", { name: "4 more signals (+4.6)" }));
    expect(screen.getAllByRole("listitem")).toHaveLength(10);
  });
});
