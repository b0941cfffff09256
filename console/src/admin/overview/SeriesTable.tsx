// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { useNumbers } from "@/shared/ui/numbers";
import { Time } from "@/shared/ui/Time";

import styles from "./overview.module.css";
import { SERIES } from "./series";

/** The chart's numbers, newest first, for whoever reads better than sees, or wants to copy them. */
export function SeriesTable({ data }: { data: Schemas["Overview"] }) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const shown = SERIES.filter((name) => data.series.some((point) => point[name] > 0));
  return (
    // Wide tables scroll inside their own frame, which the keyboard must reach.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("overview.chart")}>
      <table className="facts num">
        <thead>
          <tr>
            <th scope="col">{t("overview.time")}</th>
            {shown.map((name) => <th key={name} scope="col">{t(`verdict.${name}`)}</th>)}
          </tr>
        </thead>
        <tbody>
          {data.series.toReversed().map((point) => (
            <tr key={point.at}>
              <th scope="row"><Time at={point.at} form="short" /></th>
              {shown.map((name) => <td key={name} className={point[name] === 0 ? "quiet" : undefined}>{count(point[name])}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
