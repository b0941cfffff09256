// SPDX-License-Identifier: Apache-2.0
/** List and message side by side, with a divider that the mouse or the arrow keys move. */
import { useRef, type PointerEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { setPreference, usePreference } from "@/shared/state/preferences";

import styles from "./split.module.css";

const [LEAST, MOST] = [35, 72];

export function Split({ list, pane }: { list: ReactNode; pane: ReactNode | null }) {
  const { t } = useTranslation();
  const width = clamp(Number(usePreference("pane")));
  const frame = useRef<HTMLDivElement>(null);

  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !frame.current) return;
    const box = frame.current.getBoundingClientRect();
    const share = ((box.right - event.clientX) / box.width) * 100;
    setPreference("pane", String(clamp(Math.round(document.dir === "rtl" ? 100 - share : share))));
  };

  return (
    <div ref={frame} className={styles.split} data-open={pane ? true : undefined} style={{ "--pane": `${width}%` } as React.CSSProperties}>
      <div className={styles.list}>{list}</div>
      {pane ? (
        <>
          {/* A separator that moves is a control (WAI-ARIA 1.2, 5.3). */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
          <div
            role="separator"
            aria-orientation="vertical"
            aria-label={t("split")}
            aria-valuenow={width}
            aria-valuemin={LEAST}
            aria-valuemax={MOST}
            tabIndex={0} // eslint-disable-line jsx-a11y/no-noninteractive-tabindex
            className={styles.divider}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={drag}
            onKeyDown={(event) => {
              const step = { ArrowLeft: 3, ArrowRight: -3 }[event.key];
              if (step) setPreference("pane", String(clamp(width + step)));
            }}
          />
          <div className={styles.pane}>{pane}</div>
        </>
      ) : null}
    </div>
  );
}

function clamp(value: number): number {
  return Math.min(MOST, Math.max(LEAST, Number.isFinite(value) ? value : 58));
}
