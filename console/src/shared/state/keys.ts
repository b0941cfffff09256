// SPDX-License-Identifier: Apache-2.0
/**
 * Single-key shortcuts. They keep quiet while somebody types, while a dialog is open, and when they are
 * switched off (WCAG 2.1.4). Arrow keys are left alone: they scroll.
 */
import { useEffect, useLayoutEffect, useRef } from "react";

import { readPreference } from "./preferences";

export type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

/** What the overlay lists, in its order. */
export const SHORTCUTS = ["/", "j", "k", "x", "n", "Enter", "Escape", "r", "d", "c", "t", "g o", "g m", "g q", "?", "Ctrl K"] as const;

export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  const leader = useRef(-Infinity);
  // Before the next key can come: it must meet what is on the screen, not what was there before.
  useLayoutEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (readPreference("shortcuts") === "off" || isBusy(event)) return;
      const key = performance.now() - leader.current < 1200 ? `g ${event.key}` : event.key;
      leader.current = event.key === "g" ? performance.now() : -Infinity;
      const act = latest.current[key];
      if (!act) return;
      event.preventDefault();
      act(event);
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

function isBusy(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=menu]")) return true;
  if (document.querySelector("[role=dialog][aria-modal=true]")) return true;
  // Enter on a button, a link or a tab is that control's own.
  return event.key === "Enter" && target.closest("button, a, summary, [role=tab]") !== null;
}
