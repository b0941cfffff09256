// SPDX-License-Identifier: Apache-2.0
/** The signals as a waterfall: each bar starts where the sum stood, so that the last ends at the score. */
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Reason } from "@/shared/api/client";
import { Foreign } from "@/shared/ui/Foreign";
import { useNumbers } from "@/shared/ui/numbers";

import { defanged } from "./links";
import styles from "./weights.module.css";
import { SHOWN, span, type Step, steps, total } from "./weights";

const CAUGHT_AT = 5;

export function Weights({ reasons, score, threshold = CAUGHT_AT }: { reasons: readonly Reason[]; score: number; threshold?: number }) {
  const { t } = useTranslation();
  const { points, weight } = useNumbers();
  const all = steps(reasons);
  const [unfolded, setUnfolded] = useState(all.length <= SHOWN + 1);
  const shown = unfolded ? all : heaviest(all, SHOWN);
  const rest = all.filter((step) => !shown.includes(step));
  const sum = total(reasons);
  const [low, high] = span(all, threshold);
  const at = (value: number) => ((value - low) / (high - low)) * 100;
  const bar = (from: number, to: number) => ({ insetInlineStart: `${at(Math.min(from, to))}%`, width: `${Math.max(0.6, at(Math.max(from, to)) - at(Math.min(from, to)))}%` });
  const marks = { "--zero": `${at(0)}%`, "--mark": `${at(threshold)}%` } as React.CSSProperties;
  return (
    <div className={styles.frame} style={marks}>
      <ul className={styles.list}>
        {shown.map(({ reason, from, to }) => (
          <li key={reason.id + reason.place} className={styles.row}>
            <div className={styles.text}>
              <span>{reason.text}</span>
              {reason.evidence ? <q className={styles.evidence}><Foreign mono>{reason.id.startsWith("url_") ? defanged(reason.evidence) : reason.evidence}</Foreign></q> : null}
              <span className={styles.origin}><code>{reason.id}</code>{reason.place ? <> · <Foreign>{reason.place}</Foreign></> : null}</span>
            </div>
            <div className={styles.track} aria-hidden="true"><span className={styles.bar} data-lowers={reason.weight < 0 || undefined} style={bar(from, to)} /></div>
            <div className={`${styles.weight} num`} data-lowers={reason.weight < 0 || undefined}>
              <span className="hidden">{t(reason.weight < 0 ? "why.lowers" : "why.raises")}</span> {weight(reason.weight)}
            </div>
          </li>
        ))}
      </ul>
      {rest.length > 0 ? (
        <button type="button" className={styles.more} onClick={() => setUnfolded(true)}>
          {t("why.more", { count: rest.length, weight: weight(total(rest.map(({ reason }) => reason))) })}
        </button>
      ) : null}
      <div className={styles.row} data-total>
        <div className={styles.text}>
          <b>{t("why.sum", { count: reasons.length })}</b>
          <span className="quiet">{t("why.caught_at", { points: points(threshold) })}</span>
        </div>
        <div className={styles.track} aria-hidden="true">
          <span className={styles.bar} data-total style={bar(0, sum)} />
          <span className={styles.flag}>{points(threshold)}</span>
        </div>
        <div className={`${styles.weight} num`} data-testid="sum">{points(sum)}</div>
      </div>
      {Math.abs(sum - score) > 0.05 ? <p role="alert" className={styles.differs}>{t("why.differs", { sum: points(sum), score: points(score) })}</p> : null}
    </div>
  );
}

/** The heaviest few, whichever way they pull, in the order of the whole. */
function heaviest(all: readonly Step[], count: number): Step[] {
  const chosen = new Set([...all].sort((a, b) => Math.abs(b.reason.weight) - Math.abs(a.reason.weight)).slice(0, count));
  return all.filter((step) => chosen.has(step));
}
