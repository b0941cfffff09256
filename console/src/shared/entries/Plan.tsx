// SPDX-License-Identifier: Apache-2.0
import { Alert } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";

import styles from "./entries.module.css";

/** What a file would do to a list: how many of each, some of them by name, and the lines that cannot be read. */
export function Plan({ plan }: { plan: Schemas["ImportPlan"] }) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const sides = [
    { name: "added", number: plan.added, some: plan.examples.added, tone: "clean" },
    { name: "changed", number: plan.changed, some: plan.examples.changed, tone: "spam" },
    { name: "removed", number: plan.removed, some: plan.examples.removed, tone: "phishing" },
    { name: "unchanged", number: plan.unchanged, some: [], tone: "graymail" },
  ] as const;
  return (
    <div role="status" className={styles.plan}>
      {plan.problems.length > 0 ? (
        <Alert color="red.9" variant="outline" icon={<Icon name="warning" />} title={t("entries.problems", { count: plan.problems.length })}>
          <ul className={styles.problems}>{plan.problems.map(({ line, why }, index) => <li key={index}>{t("entries.problem", { line, why })}</li>)}</ul>
          {t("entries.problems_why")}
        </Alert>
      ) : null}
      <ul className={styles.sides}>
        {sides.map(({ name, number, some, tone }) => (
          <li key={name} style={{ "--tone": `var(--v-${tone})` } as React.CSSProperties}>
            <b className="num">{count(number)}</b> {t(`entries.plan_${name}`)}
            {some.length > 0 ? <div className="quiet break">{some.map((one, index) => <span key={index}>{index > 0 ? ", " : ""}<Foreign mono>{one}</Foreign></span>)}{number > some.length ? " …" : ""}</div> : null}
          </li>
        ))}
      </ul>
    </div>
  );
}
