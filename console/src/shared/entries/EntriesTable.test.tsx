// SPDX-License-Identifier: Apache-2.0
import { useInfiniteQuery } from "@tanstack/react-query";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";

import { useAddressKind } from "@/admin/addresses/kind";
import { addressEntries } from "@/admin/addresses/queries";
import type { Schemas } from "@/shared/api/client";
import { type Asked, serve, show } from "@/shared/testing/show";
import { Toasts } from "@/shared/ui/toasts";

import type { EntriesSearch } from "./entries";
import { EntriesTable } from "./EntriesTable";

function entry(id: string, network: string, list: "approved" | "blocked" = "blocked"): Schemas["AddressEntry"] {
  return { id, network, list, note: `note of ${id}`, expires_at: null, created_at: "2026-11-23T10:00:00Z", created_by: "ada@example.test" };
}

function List({ begin }: { begin: EntriesSearch }) {
  const [search, setSearch] = useState(begin);
  const pages = useInfiniteQuery(addressEntries(search));
  return (
    <>
      <EntriesTable kind={useAddressKind()} pages={pages} search={search} onSearch={(change) => setSearch((now) => ({ ...now, ...change }))} />
      <output>{JSON.stringify(search)}</output>
      <Toasts />
    </>
  );
}

function open(begin: EntriesSearch = {}, answer?: (asked: Asked) => { status?: number; json: unknown } | undefined) {
  const asked = serve((one) => answer?.(one) ?? { json: one.method === "GET" ? { items: [entry("a", "192.0.2.0/24"), entry("b", "198.51.100.7", "approved")], next_cursor: null } : entry("c", "203.0.113.9") });
  show(<List begin={begin} />);
  return asked;
}

const posts = (asked: Asked[]) => asked.filter(({ method }) => method === "POST").map(({ path, body }) => [path.replace("/api/v1/ip_reputation", ""), body]);

describe("a list of entries", () => {
  it("asks the server to search, filter and sort, and keeps it in the address", async () => {
    const asked = open();
    await screen.findByText("192.0.2.0/24");
    await userEvent.type(screen.getByRole("searchbox"), "192{Enter}");
    await userEvent.selectOptions(screen.getByLabelText("List"), "blocked");
    await userEvent.click(screen.getByRole("button", { name: "Address or network" }));
    await waitFor(() => expect(asked.at(-1)?.search.toString()).toBe("q=192&list=blocked&sort=network"));
    expect(screen.getByText('{"q":"192","list":"blocked","sort":"network"}')).toBeInTheDocument();
    expect(screen.getByRole("columnheader", { name: /^Address or network/ })).toHaveAttribute("aria-sort", "ascending");
  });

  it("is used by keys alone: move, select, open, remove, and take back", async () => {
    const asked = open({}, ({ path }) => (path.endsWith("/remove") ? { json: { removed: 1 } } : undefined));
    await screen.findByText("192.0.2.0/24");
    await userEvent.keyboard("jj");
    expect(document.activeElement).toHaveAttribute("data-row", "b");
    await userEvent.keyboard("x");
    expect(screen.getByText("1 selected")).toBeInTheDocument();
    await userEvent.keyboard("kd");
    await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => expect(posts(asked)).toEqual([
      ["/addresses/remove", { ids: ["a"] }],
      ["/addresses", { list: "blocked", network: "192.0.2.0/24", note: "note of a", expires_at: null }],
    ]));
    await userEvent.keyboard("n");
    expect(await screen.findByRole("dialog", { name: "Add an address" })).toBeInTheDocument();
  });

  it("asks before it removes several, by name", async () => {
    const asked = open({}, ({ path }) => (path.endsWith("/remove") ? { json: { removed: 2 } } : undefined));
    await userEvent.click(await screen.findByLabelText("Select all shown"));
    await userEvent.click(screen.getByRole("button", { name: "Remove 2 addresses" }));
    const question = within(await screen.findByRole("dialog", { name: "Remove 2 addresses" }));
    expect(question.getByText("198.51.100.7")).toBeInTheDocument();
    expect(posts(asked)).toEqual([]);
    await userEvent.click(question.getByRole("button", { name: "Remove 2 addresses" }));
    await waitFor(() => expect(posts(asked)).toEqual([["/addresses/remove", { ids: ["a", "b"] }]]));
  });

  it("says what the server objects to, and changes only what may change", async () => {
    const asked = open({ open: "new", list: "approved" }, ({ method }) => (method === "POST" ? { status: 400, json: { status: 400, detail: "'x' is neither an address nor a network" } } : undefined));
    await userEvent.type(await screen.findByLabelText("Address or network"), "x");
    await userEvent.click(screen.getAllByRole("button", { name: "Add an address" }).at(-1) as HTMLElement);
    expect(await screen.findByText("'x' is neither an address nor a network")).toBeInTheDocument();
    expect(posts(asked)).toEqual([["/addresses", { list: "approved", network: "x", note: "", expires_at: null }]]);
  });

  it("opens an entry from its address, with what it is fixed", async () => {
    open({ open: "b" });
    const dialog = within(await screen.findByRole("dialog", { name: "Change an address" }));
    expect(dialog.getByLabelText("Address or network")).toBeDisabled();
    expect(dialog.getByLabelText("Note")).toHaveValue("note of b");
  });

  it("shows what a file would do before it does it, and wants much removal written down", async () => {
    const plan = { added: 1, changed: 0, removed: 12, unchanged: 3, problems: [], written: false, examples: { added: ["203.0.113.9"], changed: [], removed: ["192.0.2.1"] } };
    const asked = open({ open: "import" }, ({ path, body }) => (path.endsWith("/import") ? { json: { ...plan, written: !(body as { dry_run: boolean }).dry_run } } : undefined));
    await userEvent.type(await screen.findByLabelText("Lines of the file"), "203.0.113.9");
    await userEvent.click(screen.getByRole("radio", { name: /Overwrite/ }));
    await userEvent.click(screen.getByRole("button", { name: "See what would change" }));
    expect(await screen.findByText("203.0.113.9", { selector: "bdi" })).toBeInTheDocument();
    const write = screen.getByRole("button", { name: "Change the list" });
    expect(write).toBeDisabled();
    await userEvent.type(screen.getByLabelText(/12 entries would be removed/), "12");
    await userEvent.click(write);
    const order = { list: "blocked", mode: "overwrite", csv: "203.0.113.9" };
    await waitFor(() => expect(posts(asked)).toEqual([["/addresses/import", { ...order, dry_run: true }], ["/addresses/import", { ...order, dry_run: false }]]));
  });

  it("names the lines that cannot be read, and writes nothing", async () => {
    const plan = { added: 0, changed: 0, removed: 0, unchanged: 0, problems: [{ line: 3, why: "'<b>' is no address" }], written: false, examples: { added: [], changed: [], removed: [] } };
    open({ open: "import" }, ({ path }) => (path.endsWith("/import") ? { json: plan } : undefined));
    await userEvent.type(await screen.findByLabelText("Lines of the file"), "<b>");
    await userEvent.click(screen.getByRole("button", { name: "See what would change" }));
    expect(await screen.findByText("Line 3: '<b>' is no address")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Change the list" })).not.toBeInTheDocument();
  });

  it("teaches when it is empty, and leads back when nothing matches", async () => {
    open({ q: "zzz" }, ({ method }) => (method === "GET" ? { json: { items: [], next_cursor: null } } : undefined));
    await userEvent.click(await screen.findByRole("button", { name: "Show all entries" }));
    expect(await screen.findByText("No address is approved or blocked")).toBeInTheDocument();
  });
});
