// SPDX-License-Identifier: Apache-2.0
/** How much anybody may bring, and who brought too much. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import { SettingsForm } from "@/shared/settings/SettingsForm";
import { Foreign } from "@/shared/ui/Foreign";
import { useNumbers } from "@/shared/ui/numbers";
import { Page, Section } from "@/shared/ui/Page";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";

import { RateField } from "./RateField";

const limited = queryOptions({
  queryKey: ["rate_limits", "limited"],
  refetchInterval: 15_000,
  queryFn: ({ signal }) => take(api.GET("/api/v1/rate_limits/limited", { signal })),
});

const RATES = ["per_address", "per_sender", "per_recipient", "organization", "unknown_recipients"];

export function RateLimitsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("place.rate_limits")} lead={t("rate_limits.lead")} docs="rate_limits">
      <Section title={t("rate_limits.limited")} lead={t("rate_limits.limited_lead")} id="limited"><Limited /></Section>
      <Section title={t("rate_limits.limits")} lead={t("rate_limits.limits_lead")} id="limits">
        <SettingsForm feature="rate_limits" fields={Object.fromEntries(RATES.map((name) => [name, (field) => <RateField {...field} />]))} />
      </Section>
    </Page>
  );
}

function Limited() {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const { data, error, refetch } = useQuery(limited);
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={2} height={34} />;
  if (data.items.length === 0) return <Empty icon="rates" title={t("rate_limits.nobody")}><p>{t("rate_limits.nobody_why")}</p></Empty>;
  return (
    // Wide tables scroll inside their own frame, which the keyboard must reach.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={t("rate_limits.limited")}>
      <table className="facts">
        <thead><tr><th scope="col">{t("rate_limits.who")}</th><th scope="col">{t("rate_limits.limit")}</th><th scope="col">{t("rate_limits.refused")}</th><th scope="col">{t("rate_limits.last")}</th><th scope="col">{t("rate_limits.state")}</th></tr></thead>
        <tbody>
          {data.items.map((one) => (
            <tr key={`${one.what} ${one.site} ${one.address}`}>
              <td><Who one={one} /></td>
              <td>{t(`rate_limits.what_${one.what}`)}</td>
              <td className="num">{count(one.refused)}</td>
              <td><Time at={one.last_at} form="short" /></td>
              <td>{one.until && new Date(one.until) > new Date() ? <b>{t("rate_limits.until")} <Time at={one.until} form="short" /></b> : <span className="quiet">{t(one.until ? "rate_limits.over" : "rate_limits.slides")}</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Who({ one }: { one: Schemas["Limited"] }) {
  const { t } = useTranslation();
  if (one.site) return <Link to="/addresses" search={{ address: one.site.replace(/\/\d+$/, "") }} className="mono"><Foreign>{one.site}</Foreign></Link>;
  return one.address ? <Foreign mono>{one.address}</Foreign> : <>{t("rate_limits.everybody")}</>;
}
