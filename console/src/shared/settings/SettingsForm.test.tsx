// SPDX-License-Identifier: Apache-2.0
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { type Asked, serve, showRouted } from "@/shared/testing/show";

import { SettingsForm } from "./SettingsForm";

const SCHEMA = {
  $ref: "#/$defs/Example",
  $defs: {
    Example: {
      type: "object",
      properties: {
        enabled: { title: "Judge addresses", description: "Off: nobody is refused.", type: "boolean", default: true },
        level: { title: "Own experience", type: "integer", minimum: 0, maximum: 4, default: 2 },
        countries: { title: "Countries", type: "array", items: { type: "string" }, default: [] },
        skips: { title: "Skip", type: "array", items: { $ref: "#/$defs/Skip" }, default: ["spam"] },
        rate: { title: "Rate", $ref: "#/$defs/Rate", default: { most: 5, seconds: 60 } },
        lists: { title: "Lists", type: "array", items: { $ref: "#/$defs/Zone" }, default: [] },
      },
    },
    Skip: { enum: ["bec", "spam"] },
    Rate: { type: "object", properties: { most: { title: "At most", type: "integer" }, seconds: { title: "Within", type: "integer", default: 60 } } },
    Zone: { type: "object", properties: { zone: { title: "Zone", type: "string" }, codes: { title: "Codes", type: "array", items: { type: "string" }, default: ["127.0.0.2"] } } },
  },
};
const DEFAULTS = { enabled: true, level: 2, countries: [], skips: ["spam"], rate: { most: 5, seconds: 60 }, lists: [] };

/** A server that takes what it is sent, except levels above 4. */
function settings(values: Record<string, unknown> = DEFAULTS) {
  return serve(({ method, body }: Asked) => {
    if (method === "GET") return { json: { feature: "example", values, defaults: DEFAULTS, changed: [], schema: SCHEMA } };
    const sent = body as { level?: number };
    if ((sent.level ?? 0) > 4) return { status: 400, json: { status: 400, detail: "Expected `int` <= 4 - at `$.level`", errors: [{ pointer: "/level", detail: "Expected `int` <= 4" }] } };
    return { json: { feature: "example", values: { ...DEFAULTS, ...sent }, defaults: DEFAULTS, changed: Object.keys(sent), schema: SCHEMA } };
  });
}

const sent = (asked: Asked[]) => asked.filter(({ method }) => method === "PUT").map(({ search, body }) => [search.get("dry_run"), body]);

describe("the form of settings", () => {
  it("draws each option by its kind, with the server's words and bounds", async () => {
    settings();
    showRouted(<SettingsForm feature="example" />);
    expect(await screen.findByRole("switch", { name: /^Judge addresses/ })).toBeChecked();
    expect(screen.getByText("Off: nobody is refused.")).toBeInTheDocument();
    expect(screen.getByLabelText("Own experience")).toHaveValue("2");
    expect(screen.getByText("From 0 to 4.")).toBeInTheDocument();
    expect(screen.getByRole("checkbox", { name: "Spam" })).toBeChecked();
    expect(screen.getByRole("checkbox", { name: "Impersonation" })).not.toBeChecked();
    expect(screen.getByRole("group", { name: "Rate" })).toBeInTheDocument();
    expect(screen.getAllByText("Default")).toHaveLength(6);
  });

  it("judges first, shows what changes, and saves what is no default", async () => {
    const asked = settings({ ...DEFAULTS, countries: ["NL"] });
    showRouted(<SettingsForm feature="example" />);
    await userEvent.click(await screen.findByRole("switch", { name: /^Judge addresses/ }));
    await userEvent.click(screen.getByRole("button", { name: "Add" }));
    await userEvent.type(screen.getByLabelText("Zone"), "list.test");
    expect(screen.getByText("2 unsaved changes")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Review and save" }));
    const changes = within(await screen.findByRole("dialog"));
    expect(changes.getByRole("row", { name: "Judge addresses On Off" })).toBeInTheDocument();
    expect(changes.getByRole("row", { name: /Lists None Zone: list.test; Codes: 127.0.0.2/ })).toBeInTheDocument();
    const body = { enabled: false, countries: ["NL"], lists: [{ zone: "list.test", codes: ["127.0.0.2"] }] };
    expect(sent(asked)).toEqual([["true", body]]);
    await userEvent.click(changes.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent(asked)).toEqual([["true", body], [null, body]]));
    await waitFor(() => expect(screen.queryByText("2 unsaved changes")).not.toBeInTheDocument());
  });

  it("puts the server's objection at its field and does not save", async () => {
    const asked = settings();
    showRouted(<SettingsForm feature="example" />);
    const level = await screen.findByLabelText("Own experience");
    await userEvent.clear(level);
    await userEvent.type(level, "7");
    await userEvent.click(screen.getByRole("button", { name: "Review and save" }));
    expect(await screen.findByText("Expected `int` <= 4")).toBeInTheDocument();
    await waitFor(() => expect(level).toHaveFocus());
    expect(level).toHaveAccessibleDescription(/Expected `int` <= 4/);
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
    expect(sent(asked)).toEqual([["true", { level: 7 }]]);
  });

  it("leads back to a default", async () => {
    settings({ ...DEFAULTS, level: 4 });
    showRouted(<SettingsForm feature="example" only={["level"]} />);
    await userEvent.click(await screen.findByRole("button", { name: "Back to the default of Own experience" }));
    expect(screen.getByLabelText("Own experience")).toHaveValue("2");
    expect(screen.queryByLabelText("Judge addresses")).not.toBeInTheDocument();
  });

  it("asks before unsaved changes are left", async () => {
    settings();
    const { elsewhere } = showRouted(<SettingsForm feature="example" />);
    await userEvent.click(await screen.findByRole("switch", { name: /^Judge addresses/ }));
    act(() => void elsewhere());
    const question = within(await screen.findByRole("dialog", { name: "Leave without saving?" }));
    await userEvent.click(question.getByRole("button", { name: "Stay here" }));
    expect(screen.getByText("1 unsaved change")).toBeInTheDocument();
    act(() => void elsewhere());
    await userEvent.click(await screen.findByRole("button", { name: "Leave" }));
    expect(await screen.findByRole("heading", { name: "Away" })).toBeInTheDocument();
  });
});
