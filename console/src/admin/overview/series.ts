// SPDX-License-Identifier: Apache-2.0
/** The layers of the chart, from the ground up: harmless first, so that what was caught lies on top. */
export const SERIES = ["clean", "graymail", "spam", "rejected", "unscannable", "social_engineering", "web_reputation", "bec", "phishing", "malware"] as const;

export type Layer = (typeof SERIES)[number];

/** The search that shows the mails of one bar. */
export function queryOf(layer: Layer, since: string, until: string): string {
  const what = layer === "rejected" ? "status:rejected" : `verdict:${layer}`;
  return `${what} after:${brief(since)} before:${brief(until)}`;
}

function brief(moment: string): string {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`;
}
