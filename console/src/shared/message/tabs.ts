// SPDX-License-Identifier: Apache-2.0
/** The faces of a mail, in their order; the URL names the one that is shown. */
export const TABS = ["why", "preview", "links", "authentication", "timeline", "attachments", "headers", "raw"] as const;

export type Tab = (typeof TABS)[number];

export function isTab(name: unknown): name is Tab {
  return TABS.some((tab) => tab === name);
}
