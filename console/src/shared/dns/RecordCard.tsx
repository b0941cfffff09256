// SPDX-License-Identifier: Apache-2.0
/** One DNS record: what should stand there, what does, why it matters, and the words to copy into a zone. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Copy } from "@/shared/ui/Copy";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon, type IconName } from "@/shared/ui/Icon";

import styles from "./record.module.css";

/** "unknown" where the DNS did not answer: that is no verdict. */
export type RecordState = "ok" | "missing" | "differs" | "unknown";

const LOOKS: Record<RecordState, [tone: string, icon: IconName]> = {
  ok: ["clean", "check"],
  missing: ["phishing", "fail"],
  differs: ["spam", "warning"],
  unknown: ["graymail", "unknown"],
};

interface Props {
  /** "MX", "TXT", "CNAME" and so on. */
  type: string;
  name: string;
  /** What to publish; empty where nothing is to be copied. */
  expected: string;
  /** What the DNS answers now. */
  found: readonly string[];
  state: RecordState;
  why: ReactNode;
  /** What else can be said of what was found: a fault in it, or when it was asked. */
  note?: ReactNode;
}

export function RecordCard({ type, name, expected, found, state, why, note }: Props) {
  const { t } = useTranslation();
  return (
    <article className={`card ${styles.record}`} aria-label={`${type} ${name}`} data-state={state}>
      <header className={styles.head}>
        <code className={styles.type}>{type}</code>
        <b className="mono break"><Foreign>{name}</Foreign></b>
        <Copy text={name} label={t("record.copy_name")} />
        <span style={{ flex: 1 }} />
        <RecordBadge state={state} />
      </header>
      <p className={styles.why}>{why}</p>
      <dl className={styles.sides}>
        {expected ? (
          <>
            <dt>{t("record.expected")}</dt>
            <dd><code className="break">{expected}</code><Copy text={expected} label={t("record.copy_value")} /></dd>
          </>
        ) : null}
        <dt>{t("record.found")}</dt>
        <dd>
          {found.length > 0
            ? <ul>{found.map((one, index) => <li key={index}><Foreign mono>{one}</Foreign></li>)}</ul>
            : <span className="quiet">{t(state === "unknown" ? "record.no_answer" : "record.nothing")}</span>}
        </dd>
      </dl>
      {note ? <div className={`quiet ${styles.note}`}>{note}</div> : null}
    </article>
  );
}

export function RecordBadge({ state }: { state: RecordState }) {
  const { t } = useTranslation();
  const [tone, icon] = LOOKS[state];
  return <span className="badge" style={{ "--tone": `var(--v-${tone})` } as React.CSSProperties}><Icon name={icon} size={14} /> {t(`record.state_${state}`)}</span>;
}
