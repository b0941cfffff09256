// SPDX-License-Identifier: Apache-2.0
/** Mails as they arrive or change: one stream for the whole console, however many screens listen. */
import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from "react";

import type { Row } from "@/shared/api/client";

export type LiveState = "off" | "connecting" | "live";

const rowListeners = new Set<(row: Row) => void>();
const stateListeners = new Set<() => void>();
let state: LiveState = "off";
let source: EventSource | undefined;

/** Opens the stream; the browser reconnects by itself, and a refused stream is tried again after 10 s. */
export function connect(): () => void {
  if (typeof EventSource === "undefined") return () => undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    say("connecting");
    source = new EventSource("/api/v1/events");
    source.onopen = () => say("live");
    source.onerror = () => {
      say("connecting");
      if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, 10_000);
    };
    source.addEventListener("message", (event: MessageEvent<string>) => publish(JSON.parse(event.data) as Row));
  };
  open();
  return () => {
    clearTimeout(retry);
    source?.close();
    say("off");
  };
}

export function publish(row: Row): void {
  for (const hear of rowListeners) hear(row);
}

export function useRows(hear: (row: Row) => void): void {
  const latest = useRef(hear);
  useLayoutEffect(() => {
    latest.current = hear;
  });
  useEffect(() => {
    const listener = (row: Row) => latest.current(row);
    rowListeners.add(listener);
    return () => void rowListeners.delete(listener);
  }, []);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (tell) => {
      stateListeners.add(tell);
      return () => stateListeners.delete(tell);
    },
    () => state,
  );
}

function say(next: LiveState): void {
  state = next;
  for (const tell of stateListeners) tell();
}
