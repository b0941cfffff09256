// SPDX-License-Identifier: Apache-2.0
/** The outcome of a look-up in one sentence, with the words that a peer would hear. */
import type { ReactNode } from "react";

import { Icon, type IconName } from "./Icon";
import styles from "./verdicted.module.css";

export type Tone = "good" | "bad" | "later" | "open";

const LOOKS: Record<Tone, [tone: string, icon: IconName]> = { good: ["clean", "check"], bad: ["phishing", "fail"], later: ["spam", "clock"], open: ["graymail", "info"] };

export function Verdicted({ tone, answer, children }: { tone: Tone; answer?: string; children: ReactNode }) {
  const [color, icon] = LOOKS[tone];
  return (
    <div role="status" className={styles.verdicted} style={{ "--tone": `var(--v-${color})` } as React.CSSProperties}>
      <span className={styles.icon}><Icon name={icon} size={19} /></span>
      <div>
        <b>{children}</b>
        {answer ? <pre className={styles.answer}>{answer}</pre> : null}
      </div>
    </div>
  );
}
