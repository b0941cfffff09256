// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from "react-i18next";

import { Icon } from "@/shared/ui/Icon";

import styles from "./query.module.css";
import { cut, without } from "./terms";

/** The terms of a query, each with a button that takes it out of the text. */
export function QueryChips({ query, onChange }: { query: string; onChange: (query: string) => void }) {
  const { t } = useTranslation();
  const terms = cut(query);
  if (terms.length === 0) return null;
  return (
    <ul className={styles.chips} aria-label={t("query.chips")}>
      {terms.map((term) => (
        <li key={term.start} className={styles.chip} data-negated={term.negated || undefined}>
          <span className="cut">
            {term.negated ? <b>{t("query.not")} </b> : null}
            {term.key ? (
              <>
                <span className="quiet">{term.key}</span> {term.value}
              </>
            ) : (
              term.text.replace(/^-/, "")
            )}
          </span>
          <button type="button" aria-label={t("query.remove", { term: term.text })} onClick={() => onChange(without(query, term))}>
            <Icon name="close" size={13} />
          </button>
        </li>
      ))}
    </ul>
  );
}
