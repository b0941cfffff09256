// SPDX-License-Identifier: Apache-2.0
/** The rooms of the console, in the order of the rail; the palette knows them too. */
import type { IconName } from "@/shared/ui/Icon";

export const PLACES = [
  { to: "/", name: "overview", icon: "overview" },
  { to: "/messages", name: "messages", icon: "messages" },
  { to: "/quarantine", name: "quarantine", icon: "quarantine" },
  { to: "/try", name: "try", icon: "try", demo: true },
  { to: "/notice", name: "notice", icon: "notice" },
  { to: "/health", name: "health", icon: "health" },
] as const satisfies readonly { to: string; name: string; icon: IconName; demo?: boolean }[];

export function placesFor(demo: boolean) {
  return PLACES.filter((place) => demo || !("demo" in place));
}
