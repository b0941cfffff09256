// SPDX-License-Identifier: Apache-2.0
/** The sources, those with most failing mail first: each leads to what is known of it. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { Foreign } from "@/shared/ui/Foreign";
import { useNumbers } from "@/shared/ui/numbers";
import { Section } from "@/shared/ui/Page";
import { Failure, Waiting } from "@/shared/ui/states";

import styles from "./dmarc.module.css";
import { KindBadge } from "./kinds";
import { dmarcSources, type Period } from "./queries";
import { percent } from "./Sources";

export function SourceTable({ period }: { period: Period }) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const { data, error, refetch } = useQuery(dmarcSources(period));
  return (
    <Section title={t("dmarc.sources")} lead={t("dmarc.sources_lead")}>
      {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={4} /> : null}
      {data?.items.length === 0 ? <p className="quiet">{t("dmarc.sources_none")}</p> : null}
      {data && data.items.length > 0 ? (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t("dmarc.source")}</th>
              <th scope="col">{t("dmarc.looks")}</th>
              <th scope="col" className={styles.number}>{t("dmarc.mails")}</th>
              <th scope="col" className={styles.number}>{t("dmarc.failed")}</th>
              <th scope="col" className={styles.number}>{t("dmarc.passed")}</th>
              <th scope="col" className={styles.number}>{t("dmarc.addresses")}</th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((one) => (
              <tr key={one.source}>
                <th scope="row"><Link from="/dmarc_reports" to="/dmarc_reports" search={(now) => ({ ...now, source: one.source })} className="break"><Foreign>{one.source}</Foreign></Link></th>
                <td><KindBadge kind={one.kind} /></td>
                <td className={styles.number} data-label={t("dmarc.mails")}>{count(one.mails)}</td>
                <td className={styles.number} data-label={t("dmarc.failed")}>{count(one.mails - one.passed)}</td>
                <td className={styles.number} data-label={t("dmarc.passed")}>{percent(one.passed / one.mails)}</td>
                <td className={styles.number} data-label={t("dmarc.addresses")}>{count(one.addresses)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {data && data.left_out > 0 ? <p className="quiet">{t("dmarc.left_out", { count: data.left_out })}</p> : null}
    </Section>
  );
}
