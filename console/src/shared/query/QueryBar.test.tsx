// SPDX-License-Identifier: Apache-2.0
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { Fault } from "@/shared/api/client";
import { SCHEMA, serve, show } from "@/shared/testing/show";

import { QueryBar } from "./QueryBar";

function Bar({ start = "", error, onChange = () => undefined }: { start?: string; error?: unknown; onChange?: (q: string) => void }) {
  const [q, setQ] = useState(start);
  return <QueryBar value={q} error={error} quick={[{ term: "last:24h", label: "Last day" }]} onChange={(next) => { setQ(next); onChange(next); }} />;
}

const box = () => screen.getByRole<HTMLInputElement>("combobox");
const chips = () => screen.queryAllByRole("listitem").map((chip) => chip.textContent);

describe("the search box", () => {
  beforeEach(() => void serve(() => ({ json: SCHEMA })));

  it("shows the text as chips while it is typed", async () => {
    show(<Bar />);
    await userEvent.type(box(), "verdict:spam -from:kim");
    expect(chips()).toEqual(["verdict spam", "not from kim"]);
  });

  it("takes a removed chip out of the text and tells the address", async () => {
    const told = vi.fn();
    show(<Bar start='verdict:spam subject:"a b" x' onChange={told} />);
    await userEvent.click(screen.getByRole("button", { name: 'Remove subject:"a b"' }));
    expect(box().value).toBe("verdict:spam x");
    expect(told).toHaveBeenLastCalledWith("verdict:spam x");
    expect(chips()).toEqual(["verdict spam", "x"]);
  });

  it("searches on Enter, not before", async () => {
    const told = vi.fn();
    show(<Bar onChange={told} />);
    await userEvent.type(box(), "hello");
    expect(told).not.toHaveBeenCalled();
    await userEvent.keyboard("{Enter}");
    expect(told).toHaveBeenCalledWith("hello");
  });

  it("offers keys and then values from the server's schema", async () => {
    show(<Bar />);
    await userEvent.type(box(), "ver");
    await screen.findByRole("option", { name: /verdict:/ });
    await userEvent.keyboard("{ArrowDown}{Enter}");
    expect(box().value).toBe("verdict:");
    await userEvent.type(box(), "ph");
    const list = await screen.findByRole("listbox");
    await waitFor(() => expect(within(list).getAllByRole("option")).toHaveLength(1));
    await userEvent.keyboard("{ArrowDown}");
    expect(box()).toHaveAttribute("aria-activedescendant", within(list).getByRole("option", { selected: true }).id);
    await userEvent.keyboard("{Tab}");
    expect(box().value).toBe("verdict:phishing ");
  });

  it("puts the caret behind what was taken before the next key can come", async () => {
    show(<Bar />);
    await userEvent.type(box(), "verd x");
    box().setSelectionRange(4, 4);
    fireEvent.select(box());
    fireEvent.click(await screen.findByRole("option", { name: /verdict:/ }));
    expect([box().value, box().selectionStart]).toEqual(["verdict:x", 8]);
  });

  it("adds a quick filter to what is there", async () => {
    show(<Bar start="x" />);
    await userEvent.click(screen.getByRole("button", { name: "+ Last day" }));
    expect(box().value).toBe("x last:24h");
    expect(screen.queryByRole("button", { name: "+ Last day" })).toBeNull();
  });

  it("marks the column that the server could not understand", async () => {
    show(<Bar start="verdict:phish x" error={new Fault({ status: 400, detail: "Allowed: clean, spam", position: 8 })} />);
    const fault = screen.getByRole("alert");
    expect(fault).toHaveTextContent("Column 9: Allowed: clean, spam");
    expect(fault.querySelector("mark")).toHaveTextContent("phish");
    await waitFor(() => expect(box()).toHaveAttribute("aria-invalid", "true"));
    expect(box()).toHaveAttribute("aria-describedby", fault.id);
  });
});
