// SPDX-License-Identifier: Apache-2.0
/** An order of evaluation as a picture: step after step, and where it came to an end. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Icon, type IconName } from "./Icon";
import styles from "./order.module.css";

/** "plain" while nothing is looked up; "unused" where a step has nothing to ask. */
export type StepState = "plain" | "passes" | "approves" | "refuses" | "delays" | "unused" | "not_asked";

export interface OrderStep {
  key: string;
  title: string;
  /** What the step asks, or what it found. */
  text: ReactNode;
  state: StepState;
}

const LOOKS: Record<Exclude<StepState, "plain">, [tone: string, icon: IconName]> = {
  passes: ["graymail", "chevron"],
  approves: ["clean", "check"],
  refuses: ["phishing", "fail"],
  delays: ["spam", "clock"],
  unused: ["rejected", "unknown"],
  not_asked: ["rejected", "unknown"],
};

export function Order({ label, steps }: { label: string; steps: OrderStep[] }) {
  const { t } = useTranslation();
  return (
    <div className={styles.frame}>
    <ol className={styles.order} aria-label={label} style={{ "--steps": steps.length } as React.CSSProperties}>
      {steps.map(({ key, title, text, state }, index) => {
        const [tone, icon] = state === "plain" ? ["graymail", undefined] as const : LOOKS[state];
        return (
          <li key={key} data-state={state} data-step={key} style={{ "--tone": `var(--v-${tone})` } as React.CSSProperties}>
            <div className={styles.head}><span className={styles.number} aria-hidden="true">{index + 1}</span><b>{title}</b></div>
            <div className={styles.text}>{text}</div>
            {icon ? <div className={styles.state}><Icon name={icon} size={14} /> {t(`order.${state}`)}</div> : null}
          </li>
        );
      })}
    </ol>
    </div>
  );
}
