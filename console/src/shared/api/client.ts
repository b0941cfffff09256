// SPDX-License-Identifier: Apache-2.0
/** The one way to the API. Types come from openapi.json, so a changed server breaks the build, not the user. */
import createClient from "openapi-fetch";

import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Row = Schemas["Row"];
export type Message = Schemas["Message"];
export type Reason = Schemas["Reason"];
export type Verdict = Schemas["Verdict"];
export type Problem = Schemas["Problem"];

/** An answer of the server that is not a success, or no answer at all (status 0). */
export class Fault extends Error {
  constructor(readonly problem: Partial<Problem> & { status: number }) {
    super(problem.detail ?? problem.title ?? "");
  }
}

const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: "same-origin",
  fetch: (request) => fetch(request), // looked up at each call: tests stand in for the network here
});

api.use({
  onRequest({ request }) {
    const token = csrfToken();
    if (request.method !== "GET" && token) request.headers.set("X-CSRF-Token", token);
    return request;
  },
});

/** Unwraps an answer: its data, or a thrown Fault that carries the problem. */
export async function take<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let got;
  try {
    got = await answer;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Fault({ status: 0 });
  }
  if (got.response.ok) return got.data as T;
  const problem = typeof got.error === "object" && got.error !== null ? got.error : {};
  throw new Fault({ ...problem, status: got.response.status });
}

function csrfToken(): string | undefined {
  return document.cookie
    .split("; ")
    .map((pair) => pair.split("="))
    .find(([name]) => name?.includes("csrf"))?.[1];
}

export { api };
