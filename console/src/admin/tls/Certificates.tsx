// SPDX-License-Identifier: Apache-2.0
import { Alert } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import styles from "@/shared/entries/entries.module.css";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Failure, Waiting } from "@/shared/ui/states";

import { certificates } from "./queries";

const SOON = 30;

/** What senders see of us, and until when. */
export function Certificates() {
  const { t, i18n } = useTranslation();
  const { data, error, refetch } = useQuery(certificates);
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={2} height={38} />;
  const date = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeZone: "UTC" });
  return (
    <div className={styles.entries}>
      {data.faults.map((fault) => (
        <Alert key={fault} color="red.9" variant="outline" icon={<Icon name="warning" />} title={t("tls.fault")}>
          <Foreign>{fault}</Foreign>
          <p>{t("tls.fault_why")}</p>
        </Alert>
      ))}
      <table className={styles.table} aria-label={t("tls.certificates")}>
        <thead><tr>{(["names", "kind", "issuer", "ends"] as const).map((column) => <th key={column} scope="col">{t(`tls.${column}`)}</th>)}</tr></thead>
        <tbody>
          {data.items.map((one) => {
            const days = one.days_left;
            const tone = days < 0 ? "phishing" : days <= SOON ? "spam" : "clean";
            return (
              <tr key={`${one.kind} ${one.not_after} ${one.names.join()}`}>
                <td data-label={t("tls.names")}><Foreign mono>{one.names.join(", ")}</Foreign></td>
                <td data-label={t("tls.kind")}>{one.kind}</td>
                <td data-label={t("tls.issuer")}>{one.self_signed ? <span className="quiet">{t("tls.self_signed")}</span> : <Foreign>{one.issuer}</Foreign>}</td>
                <td data-label={t("tls.ends")}><span className="badge" style={{ "--tone": `var(--v-${tone})` } as React.CSSProperties}><Icon name={tone === "clean" ? "check" : "warning"} size={14} /> {date.format(new Date(one.not_after))}</span> <span className="quiet">{days < 0 ? t("tls.expired") : t("tls.in_days", { count: days })}</span></td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
