// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from "react-i18next";

import styles from "./query.module.css";

interface Props {
  id: string;
  query: string;
  position: number;
  detail: string;
}

/** Shows where a query cannot be understood, and what is allowed there. */
export function QueryFault({ id, query, position, detail }: Props) {
  const { t } = useTranslation();
  const end = query.indexOf(" ", position + 1);
  const stop = end < 0 ? query.length : end;
  return (
    <div id={id} role="alert" className={styles.fault}>
      <code className="break">
        {query.slice(0, position)}
        <mark>{query.slice(position, stop) || "▮"}</mark>
        {query.slice(stop)}
      </code>
      <p>
        {t("query.column", { column: position + 1 })} {detail}
      </p>
    </div>
  );
}
