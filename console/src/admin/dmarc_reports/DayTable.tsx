// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { useNumbers } from "@/shared/ui/numbers";

import styles from "./dmarc.module.css";

/** The chart's numbers, newest first. Days are those of the reports (UTC). */
export function DayTable({ series }: { series: Schemas["Day"][] }) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  return (
    // Wide tables scroll inside their own frame, which the keyboard must reach.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("overview.as_table")}>
      <table className={styles.table}>
        <thead><tr><th scope="col">{t("dmarc.day")}</th><th scope="col" className={styles.number}>{t("dmarc.passed")}</th><th scope="col" className={styles.number}>{t("dmarc.failed")}</th></tr></thead>
        <tbody>
          {series.toReversed().map((one) => (
            <tr key={one.day}><th scope="row" className="num">{one.day}</th><td className={styles.number}>{count(one.passed)}</td><td className={styles.number}>{count(one.failed)}</td></tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
