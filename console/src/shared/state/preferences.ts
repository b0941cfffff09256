// SPDX-License-Identifier: Apache-2.0
/** What a reader sets for this browser. Nothing of it is sent anywhere. */
import { useSyncExternalStore } from "react";

interface Preferences {
  zone: "local" | "utc";
  shortcuts: "on" | "off";
  pane: string;
}

const DEFAULTS: Preferences = { zone: "local", shortcuts: "on", pane: "58" };
const listeners = new Set<() => void>();

export function readPreference<K extends keyof Preferences>(name: K): Preferences[K] {
  try {
    return (localStorage.getItem(`mailward.${name}`) as Preferences[K] | null) ?? DEFAULTS[name];
  } catch {
    return DEFAULTS[name];
  }
}

export function setPreference<K extends keyof Preferences>(name: K, value: Preferences[K]): void {
  try {
    localStorage.setItem(`mailward.${name}`, value);
  } catch {
    return; // Storage is switched off: the choice lasts as long as nothing else is asked.
  }
  for (const tell of listeners) tell();
}

export function usePreference<K extends keyof Preferences>(name: K): Preferences[K] {
  return useSyncExternalStore(subscribe, () => readPreference(name));
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
