// SPDX-License-Identifier: Apache-2.0
/**
 * The frame of a screen that is set up, not read: what it is called, what it is for in one sentence, where
 * its manual page is, and what can be done from here.
 */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Icon } from "./Icon";
import styles from "./page.module.css";
import { useTitle } from "./useTitle";

interface PageProps {
  title: string;
  /** One sentence: what this is for. */
  lead: string;
  /** The manual page, by the feature's name. */
  docs?: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, lead, docs, actions, children }: PageProps) {
  const { t } = useTranslation();
  useTitle(title);
  return (
    <div className={`page ${styles.page}`}>
      <header className={styles.head}>
        <div className={styles.words}>
          <h1>{title}</h1>
          <p className={styles.lead}>
            {lead}{" "}
            {docs ? <a className={styles.docs} href={`/console/manual/${docs}`}><Icon name="book" size={14} />{t("page.manual")}</a> : null}
          </p>
        </div>
        {actions ? <div className={styles.actions}>{actions}</div> : null}
      </header>
      {children}
    </div>
  );
}

interface SectionProps {
  title: string;
  lead?: ReactNode;
  /** For deep links: `#id`. */
  id?: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function Section({ title, lead, id, actions, children }: SectionProps) {
  return (
    <section id={id} className={`card ${styles.section}`} aria-label={title}>
      <header className={styles.sectionHead}>
        <div className={styles.words}>
          <h2>{title}</h2>
          {lead ? <p className="quiet">{lead}</p> : null}
        </div>
        {actions ? <div className={styles.actions}>{actions}</div> : null}
      </header>
      {children}
    </section>
  );
}

/** How far something long has come, said aloud too. `total` unknown: it is only known that it goes on. */
export function Progress({ label, done, total }: { label: string; done?: number; total?: number }) {
  const share = total && done !== undefined ? Math.min(1, done / total) : undefined;
  return (
    <div className={styles.progress} role="status">
      <progress aria-label={label} value={share} max={1} />
      <span className="num">{label}{share === undefined ? "" : ` ${Math.round(share * 100)} %`}</span>
    </div>
  );
}
