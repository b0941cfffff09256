// SPDX-License-Identifier: Apache-2.0
/** Who must wait now, from our own experience, and why. */
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import { Foreign } from "@/shared/ui/Foreign";
import { useNumbers } from "@/shared/ui/numbers";
import { Empty, Failure, Waiting as Loading } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";
import { say } from "@/shared/ui/toasts";

import { dnsLists, penalties } from "./queries";

export function Penalized() {
  const { t } = useTranslation();
  const { points, count } = useNumbers();
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(penalties);
  const approve = useMutation({
    mutationFn: (penalty: Schemas["Penalty"]) => take(api.POST("/api/v1/ip_reputation/addresses", { body: { list: "approved", network: penalty.site, note: t("addresses.approve_note"), expires_at: null } })),
    onSuccess: (entry) => {
      say(t("entries.address.added", { name: entry.network }));
      void client.invalidateQueries({ queryKey: ["ip_reputation"] });
    },
    onError: () => say(t("failure.title"), "bad"),
  });
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Loading rows={2} height={34} />;
  if (data.items.length === 0) return <Empty icon="clock" title={t("addresses.nobody_waits")}><p>{t("addresses.nobody_waits_why")}</p></Empty>;
  return (
    // Wide tables scroll inside their own frame, which the keyboard must reach.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={t("addresses.waiting")}>
      <table className="facts">
        <thead><tr><th scope="col">{t("addresses.site")}</th><th scope="col">{t("addresses.why")}</th><th scope="col">{t("addresses.waits_until")}</th><th scope="col"><span className="hidden">{t("entries.actions")}</span></th></tr></thead>
        <tbody>
          {data.items.map((penalty) => (
            <tr key={penalty.site}>
              <td><Link to="/addresses" search={{ address: penalty.site.replace(/\/\d+$/, "") }} className="mono"><Foreign>{penalty.site}</Foreign></Link></td>
              <td>{t("addresses.experience", { good: points(penalty.good), bad: points(penalty.bad) })} <span className="quiet">{t("addresses.times", { count: penalty.penalties, shown: count(penalty.penalties) })}</span></td>
              <td><Time at={penalty.penalty_until} form="short" /></td>
              <td style={{ textAlign: "end" }}><Button size="compact-sm" variant="default" loading={approve.isPending && approve.variables.site === penalty.site} onClick={() => approve.mutate(penalty)} aria-label={t("addresses.approve_site", { site: penalty.site })}>{t("entries.approve")}</Button></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How the DNS lists were when they were last tested. */
export function ListHealth() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(dnsLists);
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Loading rows={1} height={34} />;
  if (data.items.length === 0) return <Empty icon="search" title={t("addresses.no_lists")}><p>{t("addresses.no_lists_why")}</p></Empty>;
  return (
    <ul style={{ listStyle: "none", margin: 0, padding: 0, display: "grid", gap: 8 }}>
      {data.items.map(({ zone, why, tested_at }) => (
        <li key={zone}>
          <span className="badge" style={{ "--tone": `var(--v-${why ? "spam" : "clean"})` } as React.CSSProperties}>{t(why ? "addresses.list_sick" : "addresses.list_well")}</span>{" "}
          <b className="mono"><Foreign>{zone}</Foreign></b> {why} <span className="quiet">{t("addresses.tested")} <Time at={tested_at} form="short" /></span>
        </li>
      ))}
    </ul>
  );
}
