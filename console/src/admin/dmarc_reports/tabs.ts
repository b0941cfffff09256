// SPDX-License-Identifier: Apache-2.0
export const TABS = ["sources", "received", "records", "sending", "settings"] as const;
export type DmarcTab = (typeof TABS)[number];

export interface DmarcSearch {
  tab?: DmarcTab;
  days?: "7" | "90" | "365";
  domain?: string;
  source?: string;
  view?: "table";
}

/** What the address says, with whatever it should not say left out. */
export function dmarcSearch(search: Record<string, unknown>): DmarcSearch {
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  return {
    tab: TABS.find((tab) => tab === search.tab && tab !== "sources"),
    days: (["7", "90", "365"] as const).find((days) => days === search.days),
    domain: text(search.domain),
    source: text(search.source),
    view: search.view === "table" ? "table" : undefined,
  };
}
