// SPDX-License-Identifier: Apache-2.0
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import type { Period } from "@/shared/api/queries";
import { Icon, type IconName } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";

import styles from "./overview.module.css";

const TILES: [name: keyof Schemas["Totals"], icon: IconName, q: string][] = [
  ["received", "inbound", ""],
  ["delivered", "check", "status:delivered"],
  ["quarantined", "quarantine", "status:quarantined"],
  ["rejected", "fail", "status:rejected"],
  ["deleted", "trash", "status:deleted"],
];

/** Of fewer mails than this, percentages say nothing. */
const COMPARABLE = 20;

/** The totals, each with its change since the period before. */
export function Tiles({ data, period }: { data: Schemas["Overview"]; period: Period }) {
  const { t } = useTranslation();
  const { count, change } = useNumbers();
  const comparison = (now: number, before: number) => {
    if (before === 0) return t("overview.before_none");
    if (before < COMPARABLE || now > before * 10) return t("overview.before_count", { before: count(before) });
    return t("overview.before", { change: change((now - before) / before), before: count(before) });
  };
  return (
    <ul className={styles.tiles}>
      {TILES.map(([name, icon, q]) => {
        const now = data.totals[name];
        const before = data.previous[name];
        return (
          <li key={name}>
            <Link to="/messages" search={{ q: `${q} last:${period}`.trim() }} className={`card ${styles.tile}`}>
              <span className={styles.tileName}><Icon name={icon} size={16} /> {t(`total.${name}`)}</span>
              <b className="num">{count(now)}</b>
              <span className="quiet num">{comparison(now, before)}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
