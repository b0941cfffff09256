// SPDX-License-Identifier: Apache-2.0
/** Short news of what an action did, read aloud by screen readers, gone after six seconds or by a click. With a way back it stays longer. */
import { Button, Notification } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

interface Toast {
  id: number;
  text: string;
  tone: "good" | "bad";
  action?: Action;
}

interface Action {
  label: string;
  run: () => void;
}

let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

export function say(text: string, tone: Toast["tone"] = "good", action?: Action): void {
  const id = next++;
  change([...toasts.slice(-3), { id, text, tone, action }]);
  setTimeout(() => dismiss(id), action ? 20_000 : 6000);
}

export function Toasts() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, tone, action }) => (
        <Notification key={id} role="presentation" color={tone === "good" ? "petrol" : "red.9"} withBorder onClose={() => dismiss(id)} closeButtonProps={{ "aria-label": t("close") }}>
          <span className="break">{text}</span>
          {action ? <Button size="compact-sm" variant="default" ml="sm" onClick={() => { dismiss(id); action.run(); }}>{action.label}</Button> : null}
        </Notification>
      ))}
    </div>
  );
}

function dismiss(id: number): void {
  change(toasts.filter((toast) => toast.id !== id));
}

function change(now: readonly Toast[]): void {
  toasts = now;
  for (const tell of listeners) tell();
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
