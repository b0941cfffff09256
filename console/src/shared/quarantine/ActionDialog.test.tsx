// SPDX-License-Identifier: Apache-2.0
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { type Asked, row, serve, show } from "@/shared/testing/show";

import { ActionDialog, type Order, useActionDialog } from "./ActionDialog";

function Page({ order }: { order: Order }) {
  const dialog = useActionDialog();
  return (
    <>
      <button type="button" onClick={() => dialog.ask(order)}>ask</button>
      <ActionDialog state={dialog} />
    </>
  );
}

const isDry = ({ body }: Asked) => (body as { dry_run?: boolean }).dry_run === true;

describe("releasing and deleting", () => {
  it("counts first, names the effect, and then acts with one request", async () => {
    const order: Order = { action: "release", selection: { q: "(verdict:spam) before:2026-11-24T00:00:00Z" } };
    const asked = serve((one) => ({ json: isDry(one) ? { matched: 214 } : { matched: 214, done: 213, failed: 1, results: [{ id: "x1", outcome: "failed", why: "The server is away" }] } }));
    document.cookie = "mailward_csrf=token";
    show(<Page order={order} />);
    await userEvent.click(screen.getByText("ask"));
    expect(await screen.findByText("214 mails will be delivered to their recipients.")).toBeInTheDocument();
    expect(asked).toHaveLength(1);
    const act = screen.getByRole("button", { name: "Release 214 mails" });
    await waitFor(() => expect(act).toHaveFocus());
    await userEvent.click(act);
    expect(await screen.findByText(/Did not work: The server is away/)).toBeInTheDocument();
    expect(screen.getByText("213 mails done.")).toBeInTheDocument();
    expect(asked.map(({ body }) => body)).toEqual([{ ...order, dry_run: true }, order]);
  });

  it("says who was quicker", async () => {
    serve((one) => ({ json: isDry(one) ? { matched: 1 } : { matched: 1, done: 0, failed: 0, results: [{ id: "x1", outcome: "already_released", by: "sam@example.test" }] } }));
    show(<Page order={{ action: "release", selection: { ids: ["x1"] }, about: row("x1", { subject: "Invoice" }) }} />);
    await userEvent.click(screen.getByText("ask"));
    expect(await screen.findByText("Invoice")).toBeInTheDocument();
    await userEvent.click(await screen.findByRole("button", { name: "Release 1 mail" }));
    expect(await screen.findByText(/Had already been released by sam@example.test/)).toBeInTheDocument();
  });

  it("does nothing when nothing matches, and warns before malware is let go", async () => {
    serve(() => ({ json: { matched: 0 } }));
    show(<Page order={{ action: "release", selection: { ids: ["x1"] }, about: row("x1", { verdict: "malware" }) }} />);
    await userEvent.click(screen.getByText("ask"));
    expect(await screen.findByText("Nothing is held that matches.")).toBeInTheDocument();
    expect(screen.getByText(/carries harmful code/)).toBeInTheDocument();
    expect(screen.getByRole("button", { name: /^Release/ })).toBeDisabled();
  });
});
