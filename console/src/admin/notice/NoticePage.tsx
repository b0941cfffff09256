// SPDX-License-Identifier: Apache-2.0
/** What this installation knows about people, keeps and sends: generated from what the program itself enforces. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { ledger, notice } from "@/shared/api/queries";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";
import { useTitle } from "@/shared/ui/useTitle";

import styles from "./notice.module.css";

export function NoticePage() {
  const { t } = useTranslation();
  useTitle(t("place.notice"));
  const { data, error, refetch } = useQuery(notice);
  return (
    <div className={`page ${styles.page}`}>
      <h1>{t("notice.title")}</h1>
      <p className={styles.lead}>{t("notice.lead")}</p>
      <Left />
      <h2>{t("notice.features")}</h2>
      {error ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={3} height={160} /> : null}
      <div className={styles.features}>{data?.features.map((feature) => <Feature key={feature.name} feature={feature} />)}</div>
    </div>
  );
}

/** What left this week, and to whom. */
function Left() {
  const { t } = useTranslation();
  const { count, bytes } = useNumbers();
  const { data, error, refetch } = useQuery(ledger);
  return (
    <div className={`card ${styles.left}`}>
      <h2 id="left">{t("notice.left")}</h2>
      {error ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={2} height={30} /> : null}
      {data?.destinations.length === 0 ? <Empty icon="lock" title={t("notice.nothing_left")}>{t("notice.nothing_left_why")}</Empty> : null}
      {data && data.destinations.length > 0 ? (
        // Wide tables scroll inside their own frame, which the keyboard must reach.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles.scroll} tabIndex={0} role="region" aria-labelledby="left">
          <table className="facts">
            <thead>
              <tr>
                <th scope="col">{t("notice.to")}</th>
                <th scope="col">{t("notice.what")}</th>
                <th scope="col">{t("notice.feature")}</th>
                <th scope="col">{t("notice.amount")}</th>
                <th scope="col">{t("notice.last")}</th>
              </tr>
            </thead>
            <tbody>
              {data.destinations.map((one) => (
                <tr key={one.destination + one.feature}>
                  <td><b>{one.destination}</b></td>
                  <td>{one.items.join("; ")}</td>
                  <td><code>{one.feature}</code></td>
                  <td className="num">{t("notice.requests", { count: one.requests, shown: count(one.requests) })}<br /><span className="quiet">{bytes(one.bytes)}</span></td>
                  <td><Time at={one.last_at} form="short" /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </div>
  );
}

function Feature({ feature }: { feature: Schemas["NoticeFeature"] }) {
  const { t } = useTranslation();
  return (
    <section className={`card ${styles.feature}`} aria-labelledby={`notice-${feature.name}`}>
      <header>
        <h3 id={`notice-${feature.name}`}>{feature.title}</h3>
        <span className="quiet">{feature.console}</span>
        <span className={styles.flag} data-sends={feature.sends.length > 0 || undefined}><Icon name={feature.sends.length > 0 ? "out" : "lock"} size={13} /> {t(feature.sends.length > 0 ? "notice.sends_some" : "notice.sends_none")}</span>
      </header>
      <p>{feature.does}</p>
      <dl>
        <dt>{t("notice.collects")}</dt>
        <dd>{feature.collects.length > 0 ? <ul>{feature.collects.map((item) => <li key={item}>{item}</li>)}</ul> : t("notice.collects_none")}</dd>
        <dt>{t("notice.sends")}</dt>
        <dd>
          {feature.sends.length > 0 ? <ul>{feature.sends.map((one) => <li key={one.to + one.purpose}><b>{one.to}</b>: {one.items.join("; ")}. <span className="quiet">{one.purpose}</span></li>)}</ul> : t("notice.sends_nobody")}
        </dd>
        <dt>{t("notice.keeps")}</dt>
        <dd>{feature.retention_days === null ? "" : `${t("notice.days", { count: feature.retention_days })}, `}{t(`removal.${feature.removed}`, feature.removed)}</dd>
        <dt>{t("notice.costs")}</dt>
        <dd>{feature.disabling_costs}</dd>
      </dl>
    </section>
  );
}
