// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from "react-i18next";

import type { Message } from "@/shared/api/client";
import { Copy } from "@/shared/ui/Copy";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Empty } from "@/shared/ui/states";

import styles from "./message.module.css";

/** Attachments, listed and never opened: what they call themselves and what they are. */
export function AttachmentsTab({ mail }: { mail: Message }) {
  const { t } = useTranslation();
  const { bytes } = useNumbers();
  if (mail.attachments.length === 0) return <Empty icon="clip" title={t("attachments.none")} />;
  return (
    <div className={styles.body}>
      <ul className={styles.links}>
        {mail.attachments.map((one) => (
          <li key={one.part + one.sha256} className={styles.linkRow}>
            <div className="break"><Icon name="clip" size={14} /> <b><Foreign>{one.name || t("attachments.unnamed")}</Foreign></b> <span className="quiet num">{bytes(one.size)}{one.inline ? ` · ${t("attachments.inline")}` : ""}{one.part ? ` · ${one.part}` : ""}</span></div>
            <div>
              <span className={styles.label}>{t("attachments.declared")}</span> <Foreign mono>{one.declared || "—"}</Foreign>{" "}
              <span className={styles.label}>{t("attachments.true")}</span> <b className="mono">{one.true_type}</b>
            </div>
            <div className="quiet mono break">sha256 {one.sha256}</div>
            <div className={styles.linkCopy}><Copy text={one.sha256} label={t("attachments.copy")} /></div>
          </li>
        ))}
      </ul>
    </div>
  );
}
