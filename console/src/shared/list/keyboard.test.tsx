// SPDX-License-Identifier: Apache-2.0
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";

import { setPreference } from "@/shared/state/preferences";
import { row, show } from "@/shared/testing/show";

import { MessageList } from "./MessageList";
import { useListKeys } from "./useListKeys";

const ROWS = ["a", "b", "c"].map((id) => row(id));

function List({ onSelect }: { onSelect?: (id: string) => void }) {
  const [open, setOpen] = useState<string>();
  const { cursor } = useListKeys({ rows: ROWS, open, onOpen: setOpen, onClose: () => setOpen(undefined), onSelect });
  return (
    <>
      <input aria-label="elsewhere" data-search-box />
      <MessageList label="Mails" rows={ROWS} open={open} cursor={cursor} onOpen={setOpen} href={(id) => `/console/messages/${id}`} />
      <p data-testid="open">{open ?? "none"}</p>
    </>
  );
}

const focused = () => (document.activeElement as HTMLElement).dataset.row;
const opened = () => screen.getByTestId("open").textContent;

describe("the list without a mouse", () => {
  it("moves with j and k, stops at the ends, opens and closes, and returns to the row", async () => {
    show(<List />);
    await userEvent.keyboard("jj");
    expect(focused()).toBe("b");
    await userEvent.keyboard("jjj");
    expect(focused()).toBe("c");
    await userEvent.keyboard("k{Enter}");
    expect(opened()).toBe("b");
    await userEvent.keyboard("k");
    expect(opened()).toBe("a");
    await userEvent.keyboard("{Escape}");
    expect(opened()).toBe("none");
    expect(focused()).toBe("a");
  });

  it("selects with x", async () => {
    const selected = vi.fn();
    show(<List onSelect={selected} />);
    await userEvent.keyboard("jx");
    expect(selected).toHaveBeenCalledExactlyOnceWith("a");
  });

  it("leaves arrows to scrolling", async () => {
    show(<List />);
    await userEvent.keyboard("j{ArrowDown}");
    expect(focused()).toBe("a");
  });

  it("keeps quiet while somebody types, and goes to the search with /", async () => {
    show(<List />);
    await userEvent.keyboard("/");
    expect(screen.getByLabelText("elsewhere")).toHaveFocus();
    await userEvent.keyboard("j");
    expect(screen.getByLabelText("elsewhere")).toHaveFocus();
    expect(screen.getByLabelText("elsewhere")).toHaveValue("j");
  });

  it("can be switched off", async () => {
    show(<List />);
    setPreference("shortcuts", "off");
    await userEvent.keyboard("j");
    expect(focused()).toBeUndefined();
  });

  it("keeps one row in the tab order and links to the mail", async () => {
    show(<List />);
    expect(screen.getAllByRole("row").filter((one) => one.tabIndex === 0)).toHaveLength(1);
    expect(screen.getByRole("link", { name: "Subject b" })).toHaveAttribute("href", "/console/messages/b");
    await userEvent.click(screen.getByText("Subject b"));
    expect(opened()).toBe("b");
  });
});
