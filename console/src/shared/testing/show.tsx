// SPDX-License-Identifier: Apache-2.0
/** Renders a part with what every screen has around it, and stands in for the server at the network's edge. */
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";

import type { Row, Schemas } from "@/shared/api/client";
import { client } from "@/shared/api/queries";
import { theme } from "@/shared/theme";

export function show(part: ReactNode) {
  return render(part, {
    wrapper: ({ children }) => (
      <MantineProvider theme={theme} env="test">
        <QueryClientProvider client={client}>{children}</QueryClientProvider>
      </MantineProvider>
    ),
  });
}

/** The same for a part that looks at the router; `elsewhere` leads away from it. */
export function showRouted(part: ReactNode) {
  const root = createRootRoute({ component: Outlet });
  const here = createRoute({ getParentRoute: () => root, path: "/", component: () => part });
  const away = createRoute({ getParentRoute: () => root, path: "/away", component: () => <h1>Away</h1> });
  const router = createRouter({ routeTree: root.addChildren([here, away]), history: createMemoryHistory({ initialEntries: ["/"] }) });
  show(<RouterProvider router={router as never} />);
  return { elsewhere: () => router.navigate({ to: "/away" as never }) };
}

export interface Asked {
  method: string;
  path: string;
  search: URLSearchParams;
  body: unknown;
}

/** Answers every request with what `answer` says, and keeps what was asked. */
export function serve(answer: (asked: Asked) => { status?: number; json: unknown }): Asked[] {
  const all: Asked[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    const text = await request.text();
    const asked = { method: request.method, path: url.pathname, search: url.searchParams, body: text ? (JSON.parse(text) as unknown) : undefined };
    all.push(asked);
    const { status = 200, json } = answer(asked);
    return new Response(JSON.stringify(json), { status, headers: { "Content-Type": "application/json" } });
  });
  return all;
}

export function row(id: string, change: Partial<Row> = {}): Row {
  return {
    id, message_id: `<${id}@sender.test>`, received_at: "2026-11-23T10:00:00Z", direction: "in", sender: "kim@sender.test", recipient: "lee@example.test",
    header_from: "Kim <kim@sender.test>", subject: `Subject ${id}`, verdict: "phishing", score: 7, action: "quarantine", status: "quarantined", top_reason: "", size: 900, attachments: 0, ...change,
  };
}

export const SCHEMA: Schemas["SearchSchema"] = {
  keys: [
    { key: "verdict", help: "What the mail was judged to be", kind: "enum", values: ["clean", "phishing", "spam"] },
    { key: "from", help: "Sender", kind: "text" },
  ],
  examples: [{ q: "verdict:phishing last:7d", means: "Phishing of a week" }],
};
