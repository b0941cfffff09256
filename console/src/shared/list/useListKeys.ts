// SPDX-License-Identifier: Apache-2.0
/** Moving through a list without a mouse; closing a mail leads back to its row. */
import { useEffect, useRef, useState } from "react";

import type { Row } from "@/shared/api/client";
import { useShortcuts } from "@/shared/state/keys";

interface Options {
  rows: readonly Row[];
  open?: string;
  onOpen: (id: string) => void;
  onClose: () => void;
  onSelect?: (id: string) => void;
}

export function useListKeys({ rows, open, onOpen, onClose, onSelect }: Options): { cursor: string | undefined; place: (id: string) => void } {
  const [chosen, setChosen] = useState<string>();
  const cursor = chosen ?? open;
  const again = useRef(0);
  useEffect(() => () => cancelAnimationFrame(again.current), []);

  const go = (id: string) => {
    setChosen(id);
    focusRow(id);
    // Once more when the pane has gone, and with it what covered the row on a small screen.
    cancelAnimationFrame(again.current);
    again.current = requestAnimationFrame(() => focusRow(id));
  };
  const move = (step: number) => {
    const at = rows.findIndex(({ id }) => id === (focusedRow() ?? cursor));
    const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
    if (!next) return;
    go(next.id);
    if (open) onOpen(next.id);
  };

  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    x: () => {
      const id = focusedRow() ?? cursor;
      if (id) onSelect?.(id);
    },
    Enter: () => {
      const id = focusedRow();
      if (!id) return;
      setChosen(id);
      onOpen(id);
    },
    Escape: () => {
      if (!open) return;
      onClose();
      go(open);
    },
    "/": () => document.querySelector<HTMLInputElement>("[data-search-box]")?.focus(),
  });
  return { cursor, place: setChosen };
}

function focusedRow(): string | undefined {
  return document.activeElement?.closest<HTMLElement>("[data-row]")?.dataset.row;
}

function focusRow(id: string): void {
  const rows = document.querySelectorAll<HTMLElement>("[data-row]");
  [...rows].find((row) => row.dataset.row === id)?.focus({ preventScroll: true });
}
