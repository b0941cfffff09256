// SPDX-License-Identifier: Apache-2.0
import { useInfiniteQuery } from "@tanstack/react-query";
import { act, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { messages } from "@/shared/api/queries";
import { publish } from "@/shared/state/live";
import { row, serve, show } from "@/shared/testing/show";

import { useArrivals } from "./arrivals";

function List({ q, top }: { q: string; top: boolean }) {
  const { data } = useInfiniteQuery(messages(q));
  const arrivals = useArrivals(q, () => top);
  const rows = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <p data-testid="rows">{rows.map(({ id, status }) => `${id}:${status}`).join(" ")}</p>
      <button type="button" onClick={arrivals.show}>{arrivals.waiting}</button>
    </>
  );
}

const rows = () => screen.getByTestId("rows").textContent;

describe("live arrivals", () => {
  it("are put in at once at the top, and change rows in place", async () => {
    serve(() => ({ json: { items: [row("a")], next_cursor: null } }));
    show(<List q="" top />);
    await waitFor(() => expect(rows()).toBe("a:quarantined"));
    act(() => publish(row("b")));
    await waitFor(() => expect(rows()).toBe("b:quarantined a:quarantined"));
    act(() => publish(row("a", { status: "delivered" })));
    await waitFor(() => expect(rows()).toBe("b:quarantined a:delivered"));
  });

  it("wait, counted once each, while the reader is further down", async () => {
    serve(() => ({ json: { items: [row("a")], next_cursor: null } }));
    show(<List q="" top={false} />);
    await waitFor(() => expect(rows()).toBe("a:quarantined"));
    act(() => {
      publish(row("b"));
      publish(row("b"));
      publish(row("c"));
    });
    expect(screen.getByRole("button")).toHaveTextContent("2");
    expect(rows()).toBe("a:quarantined");
    act(() => screen.getByRole("button").click());
    await waitFor(() => expect(rows()).toBe("c:quarantined b:quarantined a:quarantined"));
    expect(screen.getByRole("button")).toHaveTextContent("0");
  });

  it("ask the server whether they match a search", async () => {
    let items = [row("a")];
    const asked = serve(() => ({ json: { items, next_cursor: null } }));
    show(<List q="verdict:spam" top />);
    await waitFor(() => expect(rows()).toBe("a:quarantined"));
    items = [row("c"), row("a")];
    act(() => {
      publish(row("b"));
      publish(row("c"));
    });
    await waitFor(() => expect(rows()).toBe("c:quarantined a:quarantined"), { timeout: 4000 });
    expect(asked.filter(({ path }) => path === "/api/v1/messages")).toHaveLength(2);
    expect(asked.at(-1)?.search.get("q")).toBe("verdict:spam");
  });
});
