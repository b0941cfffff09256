// SPDX-License-Identifier: Apache-2.0
/** The first tab: what to do next, mails over time, and the sources, or one of them in full. */
import { Button, SegmentedControl, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Section } from "@/shared/ui/Page";
import { Empty, Failure, Waiting } from "@/shared/ui/states";

import { Advice } from "./Advice";
import { DayTable } from "./DayTable";
import styles from "./dmarc.module.css";
import { dmarcSummary, type Period } from "./queries";
import { SourceDetail } from "./SourceDetail";
import { SourceTable } from "./SourceTable";

const DayChart = lazy(() => import("./DayChart"));

export function Sources() {
  const { t } = useTranslation();
  const { days, domain, source, view } = useSearch({ from: "/inside/dmarc_reports" });
  const navigate = useNavigate({ from: "/dmarc_reports" });
  const period: Period = { days: Number(days ?? 30), domain };
  const { data, error, refetch } = useQuery(dmarcSummary(period));
  const all = useQuery(dmarcSummary({ days: period.days }));
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={3} height={120} />;
  const domains = all.data?.domains.map((one) => one.domain) ?? [];
  const nothing = data.now.mails === 0 && data.before.mails === 0 && !domain;
  return (
    <>
      <div className={styles.filters}>
        <SegmentedControl
          aria-label={t("dmarc.period")}
          value={days ?? "30"}
          onChange={(value) => void navigate({ search: (now) => ({ ...now, days: value === "30" ? undefined : (value as "7") }), replace: true })}
          data={(["7", "30", "90", "365"] as const).map((value) => ({ value, label: t("dmarc.days", { count: Number(value) }) }))}
        />
        {domains.length > 1 || domain ? (
          <Select
            aria-label={t("dmarc.domain")} placeholder={t("dmarc.all_domains")} clearable searchable value={domain ?? null}
            clearButtonProps={{ "aria-label": t("dmarc.all_domains") }} data={domains}
            onChange={(value) => void navigate({ search: (now) => ({ ...now, domain: value ?? undefined }), replace: true })}
          />
        ) : null}
        <span style={{ flex: 1 }} />
        {nothing ? null : (
          <Button component="a" variant="default" href={`/api/v1/dmarc_reports/export?days=${period.days}${domain ? `&domain=${encodeURIComponent(domain)}` : ""}`} download leftSection={<Icon name="download" size={16} />}>
            {t("dmarc.export")}
          </Button>
        )}
      </div>
      {nothing ? (
        <div className="card">
          <Empty icon="reports" title={t("dmarc.empty")}>
            <p>{t("dmarc.empty_why")}</p>
            <p><Link to="/dmarc_reports" search={{ tab: "settings" }}>{t("dmarc.empty_address")}</Link></p>
            <p><Link to="/dmarc_reports" search={{ tab: "received" }}>{t("dmarc.empty_bring")}</Link></p>
          </Empty>
        </div>
      ) : source ? (
        <SourceDetail name={source} period={period} />
      ) : (
        <>
          <Totals data={data} />
          <Advice domains={data.domains} />
          <Section
            title={t("dmarc.chart")}
            actions={(
              <SegmentedControl
                size="xs" aria-label={t("overview.view")} value={view ?? "chart"}
                onChange={(value) => void navigate({ search: (now) => ({ ...now, view: value === "table" ? "table" : undefined }), replace: true })}
                data={[{ value: "chart", label: t("overview.as_chart") }, { value: "table", label: t("overview.as_table") }]}
              />
            )}
          >
            {view === "table" ? <DayTable series={data.series} /> : (
              <Suspense fallback={<Waiting rows={1} height={240} />}><DayChart series={data.series} /></Suspense>
            )}
          </Section>
          <SourceTable period={period} />
        </>
      )}
    </>
  );
}

function Totals({ data }: { data: { now: Numbers; before: Numbers } }) {
  const { t } = useTranslation();
  const { count, change } = useNumbers();
  const share = data.now.mails === 0 ? 0 : data.now.passed / data.now.mails;
  const tiles = [
    { name: "mails", value: count(data.now.mails), more: data.before.mails > 0 ? t("dmarc.versus", { change: change(data.now.mails / data.before.mails - 1) }) : "" },
    { name: "passed", value: percent(share), more: t("dmarc.passed_of", { count: data.now.passed, shown: count(data.now.passed) }) },
    { name: "dkim", value: percent(ratio(data.now.dkim, data.now.mails)), more: "" },
    { name: "spf", value: percent(ratio(data.now.spf, data.now.mails)), more: "" },
    { name: "stopped", value: count(data.now.quarantined + data.now.rejected), more: t("dmarc.stopped_of", { quarantined: count(data.now.quarantined), rejected: count(data.now.rejected) }) },
  ];
  return (
    <ul className={styles.tiles}>
      {tiles.map(({ name, value, more }) => (
        <li key={name} className={`card ${styles.tile}`}>
          <span className="quiet">{t(`dmarc.tile_${name}`)}</span>
          <b className="num">{value}</b>
          <span className="quiet">{more}</span>
        </li>
      ))}
    </ul>
  );
}

interface Numbers { mails: number; passed: number; dkim: number; spf: number; quarantined: number; rejected: number }

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Rounded down, so that "100 %" means all of it. */
export function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}
