// SPDX-License-Identifier: Apache-2.0
/** What came in and what was caught, beside the period before. Every number leads to its mails. */
import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { overview, type Period } from "@/shared/api/queries";
import { Icon } from "@/shared/ui/Icon";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { useZoneName } from "@/shared/ui/Time";
import { useTitle } from "@/shared/ui/useTitle";

import styles from "./overview.module.css";
import { SeriesTable } from "./SeriesTable";
import { Tiles } from "./Tiles";
import { TopReasons, TopSenders } from "./TopLists";

const VerdictChart = lazy(() => import("./VerdictChart"));

export function OverviewPage() {
  const { t } = useTranslation();
  useTitle(t("place.overview"));
  const { period = "7d", view } = useSearch({ from: "/inside/" });
  const navigate = useNavigate({ from: "/" });
  const { data, error, refetch } = useQuery(overview(period));
  const zone = useZoneName();
  return (
    <div className="page">
      <div className={styles.top}>
        <h1>{t("place.overview")}</h1>
        <SegmentedControl
          aria-label={t("overview.period")}
          value={period}
          onChange={(value) => void navigate({ search: { period: value as Period, view }, replace: true })}
          data={(["24h", "7d", "30d"] as const).map((value) => ({ value, label: t(`period.${value}`) }))}
        />
      </div>
      {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={3} height={140} /> : null}
      {data && data.totals.received === 0 ? (
        <div className="card">
          <Empty icon="messages" title={t("overview.empty")}>
            <p>{t("overview.empty_why")}</p>
            <p><Link to="/try">{t("overview.empty_next")}</Link></p>
          </Empty>
        </div>
      ) : null}
      {data && data.totals.received > 0 ? (
        <>
          <Tiles data={data} period={period} />
          <section className={`card ${styles.chart}`} aria-labelledby="chart-title">
            <div className={styles.top}>
              <h2 id="chart-title">{t("overview.chart")} <span className="quiet">({zone})</span></h2>
              <SegmentedControl
                size="xs"
                aria-label={t("overview.view")}
                value={view ?? "chart"}
                onChange={(value) => void navigate({ search: { period, view: value === "table" ? "table" : undefined }, replace: true })}
                data={[{ value: "chart", label: t("overview.as_chart") }, { value: "table", label: t("overview.as_table") }]}
              />
            </div>
            {view === "table" ? (
              <SeriesTable data={data} />
            ) : (
              <Suspense fallback={<Waiting rows={1} height={300} />}>
                <VerdictChart data={data} onPick={(q) => void navigate({ to: "/messages", search: { q } })} />
              </Suspense>
            )}
          </section>
          <div className={styles.two}>
            <TopReasons items={data.top_reasons} period={period} />
            <TopSenders items={data.top_senders} period={period} />
          </div>
          {data.queue.waiting > 0 ? (
            <p className={styles.queue}><Icon name="clock" size={16} /> <Link to="/messages" search={{ q: "status:queued" }}>{t("overview.queue", { count: data.queue.waiting, minutes: Math.round(data.queue.oldest_seconds / 60) })}</Link></p>
          ) : null}
        </>
      ) : null}
    </div>
  );
}
