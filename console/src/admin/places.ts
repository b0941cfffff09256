// SPDX-License-Identifier: Apache-2.0
/**
 * The rooms of the console, group by group in the order of the rail; the palette knows them too. A new
 * place is one line here, its word in `place`, and its route in router.tsx.
 */
import type { IconName } from "@/shared/ui/Icon";

export const GROUPS = ["mail", "connection", "mail_flow", "installation"] as const;
export type Group = (typeof GROUPS)[number];

interface Place {
  to: string;
  name: string;
  icon: IconName;
  group: Group;
  /** Only in the demo. */
  demo?: boolean;
  /** On a small screen it stands in the bar itself, not behind "More". */
  main?: boolean;
}

export const PLACES = [
  { to: "/", name: "overview", icon: "overview", group: "mail", main: true },
  { to: "/messages", name: "messages", icon: "messages", group: "mail", main: true },
  { to: "/quarantine", name: "quarantine", icon: "quarantine", group: "mail", main: true },
  { to: "/try", name: "try", icon: "try", group: "mail", demo: true },
  { to: "/addresses", name: "addresses", icon: "addresses", group: "connection" },
  { to: "/domains", name: "domains", icon: "domains", group: "mail_flow" },
  { to: "/reverse_dns", name: "reverse_dns", icon: "names", group: "connection" },
  { to: "/senders", name: "senders", icon: "senders", group: "connection" },
  { to: "/web_reputation", name: "web_reputation", icon: "link", group: "mail_flow" },
  { to: "/recipients", name: "recipients", icon: "recipients", group: "connection" },
  { to: "/rate_limits", name: "rate_limits", icon: "rates", group: "connection" },
  { to: "/outbound", name: "outbound", icon: "outbound", group: "mail_flow" },
  { to: "/queue", name: "queue", icon: "queue", group: "mail_flow" },
  { to: "/authentication", name: "authentication", icon: "authentication", group: "mail_flow" },
  { to: "/tls", name: "tls", icon: "lock", group: "mail_flow" },
  { to: "/dmarc_reports", name: "dmarc_reports", icon: "reports", group: "mail_flow" },
  { to: "/notice", name: "notice", icon: "notice", group: "installation" },
  { to: "/health", name: "health", icon: "health", group: "installation", main: true },
] as const satisfies readonly Place[];

export type PlaceOf = (typeof PLACES)[number];

export function placesFor(demo: boolean): PlaceOf[] {
  return PLACES.filter((place) => demo || !("demo" in place));
}

/** The groups that have places, each with them. */
export function groupsFor(demo: boolean): { group: Group; places: PlaceOf[] }[] {
  const places = placesFor(demo);
  return GROUPS.map((group) => ({ group, places: places.filter((place) => place.group === group) })).filter(({ places }) => places.length > 0);
}
