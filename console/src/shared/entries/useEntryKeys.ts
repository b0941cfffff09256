// SPDX-License-Identifier: Apache-2.0
/** Moving through a list of entries without a mouse. */
import { useState } from "react";

import { useShortcuts } from "@/shared/state/keys";

interface Options {
  rows: readonly { id: string }[];
  onOpen: (open: string) => void;
  onSelect: (id: string) => void;
  onRemove: (id: string) => void;
}

export function useEntryKeys({ rows, onOpen, onSelect, onRemove }: Options): { cursor: string | undefined; place: (id: string) => void } {
  const [cursor, place] = useState<string>();
  const move = (step: number) => {
    const at = rows.findIndex(({ id }) => id === (focused() ?? cursor));
    const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
    if (!next) return;
    place(next.id);
    const row = [...document.querySelectorAll<HTMLElement>("[data-row]")].find(({ dataset }) => dataset.row === next.id);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  };
  const here = (act: (id: string) => void) => () => {
    const id = focused();
    if (id) act(id);
  };
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    x: here(onSelect),
    Enter: here(onOpen),
    d: here(onRemove),
    n: () => onOpen("new"),
    "/": () => document.querySelector<HTMLInputElement>("[data-search-box]")?.focus(),
  });
  return { cursor, place };
}

function focused(): string | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-row]")?.dataset.row;
}
