// SPDX-License-Identifier: Apache-2.0
/** One source: what it is, what to do about it, its addresses, how its mail fared, and who says so. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Section } from "@/shared/ui/Page";
import { Failure, Waiting } from "@/shared/ui/states";

import styles from "./dmarc.module.css";
import { KindBadge } from "./kinds";
import { dmarcSource, type Period } from "./queries";
import { percent } from "./Sources";

const DayChart = lazy(() => import("./DayChart"));

export function SourceDetail({ name, period }: { name: string; period: Period }) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const { data, error, refetch } = useQuery(dmarcSource(period, name));
  const back = <Link from="/dmarc_reports" to="/dmarc_reports" search={(now) => ({ ...now, source: undefined })}><Icon name="back" size={14} /> {t("dmarc.back")}</Link>;
  if (error && !data) return <><p>{back}</p><Failure error={error} retry={() => void refetch()} /></>;
  if (!data) return <Waiting rows={3} height={120} />;
  const { summary } = data;
  return (
    <>
      <p className={styles.back}>{back}</p>
      <section className={`card ${styles.source}`} aria-label={summary.source}>
        <div className={styles.adviceHead}>
          <h2 className="break"><Foreign>{summary.source}</Foreign></h2>
          <KindBadge kind={summary.kind} />
          <span className="quiet">{t("dmarc.share", { count: summary.mails, shown: count(summary.mails), passed: percent(summary.passed / summary.mails) })}</span>
        </div>
        <p className={styles.next}><b>{t("dmarc.next")}</b> {t(`dmarc.kind_${summary.kind}_next`)}</p>
      </section>
      <Section title={t("dmarc.chart")}>
        <Suspense fallback={<Waiting rows={1} height={240} />}><DayChart series={data.series} /></Suspense>
      </Section>
      <Section title={t("dmarc.results")} lead={t("dmarc.results_lead")}>
        <Results results={data.results} />
      </Section>
      <div className={styles.two}>
        <Section title={t("dmarc.addresses")}>
          <table className={styles.table}>
            <tbody>
              {data.addresses.map((one) => (
                <tr key={one.address}>
                  <th scope="row"><code>{one.address}</code><div className="quiet break"><Foreign>{one.name || t("dmarc.no_name")}</Foreign></div></th>
                  <td className={styles.number}>{count(one.mails)}</td>
                  <td className={styles.number}>{percent(one.passed / one.mails)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
        <Section title={t("dmarc.reporters")}>
          <table className={styles.table}>
            <tbody>
              {data.reporters.map((one) => (
                <tr key={one.name}><th scope="row" className="break"><Foreign>{one.name}</Foreign></th><td className={styles.number}>{count(one.mails)}</td></tr>
              ))}
            </tbody>
          </table>
        </Section>
      </div>
    </>
  );
}

function Results({ results }: { results: Schemas["SourceResult"][] }) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  return (
    <ul className={styles.results}>
      {results.map((one, index) => (
        <li key={index}>
          <div className={styles.adviceHead}>
            <b className="num">{t("dmarc.mails_count", { count: one.mails, shown: count(one.mails) })}</b>
            <Outcome word="DKIM" passed={one.dkim === "pass"} />
            <Outcome word="SPF" passed={one.spf === "pass"} />
            <span className="quiet">{t(`dmarc.disposition_${one.disposition}`, one.disposition)}</span>
          </div>
          <dl className={styles.facts}>
            <dt>{t("dmarc.from")}</dt><dd className="break"><Foreign mono>{one.header_from}</Foreign></dd>
            {one.envelope_from ? <><dt>{t("dmarc.envelope")}</dt><dd className="break"><Foreign mono>{one.envelope_from}</Foreign></dd></> : null}
            <dt>DKIM</dt><dd>{one.signatures.length === 0 ? <span className="quiet">{t("dmarc.no_signature")}</span> : one.signatures.map((s, at) => <div key={at} className="break"><Foreign mono>{`${s.domain} ${s.selector ? `(${s.selector}) ` : ""}${s.result}`}</Foreign></div>)}</dd>
            <dt>SPF</dt><dd>{one.permissions.map((p, at) => <div key={at} className="break"><Foreign mono>{`${p.domain} ${p.result}`}</Foreign></div>)}</dd>
            {one.overrides.length > 0 ? <><dt>{t("dmarc.override")}</dt><dd>{one.overrides.map((o, at) => <div key={at} className="break"><Foreign>{[o.kind, o.comment].filter(Boolean).join(": ")}</Foreign></div>)}</dd></> : null}
          </dl>
        </li>
      ))}
    </ul>
  );
}

function Outcome({ word, passed }: { word: string; passed: boolean }) {
  const { t } = useTranslation();
  return <span className="badge" style={{ "--tone": `var(--v-${passed ? "clean" : "phishing"})` } as React.CSSProperties}><Icon name={passed ? "check" : "fail"} size={14} /> {word} {t(passed ? "dmarc.aligned" : "dmarc.unaligned")}</span>;
}
