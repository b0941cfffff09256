// SPDX-License-Identifier: Apache-2.0
/** The lists that are asked: files of this node with their size and age, and DNS lists with their last test. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { Foreign } from "@/shared/ui/Foreign";
import { useNumbers } from "@/shared/ui/numbers";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";

import { webLists } from "./queries";

export function Lists() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(webLists);
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={2} height={34} />;
  return (
    <>
      {data.local.length === 0
        ? <Empty icon="download" title={t("web.no_lists")}><p>{t("web.no_lists_why")}</p><code>mailward web-reputation import FILE --name phish --category phishing</code></Empty>
        : <Local lists={data.local} />}
      {data.dns.length > 0 ? <DnsLists lists={data.dns} /> : null}
    </>
  );
}

function Local({ lists }: { lists: readonly Schemas["ListState"][] }) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  return (
    // Wide tables scroll inside their own frame, which the keyboard must reach.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={t("web.local_lists")}>
      <table className="facts">
        <thead><tr><th scope="col">{t("web.list_name")}</th><th scope="col">{t("web.category")}</th><th scope="col">{t("web.entries")}</th><th scope="col">{t("web.brought")}</th><th scope="col">{t("web.source")}</th></tr></thead>
        <tbody>
          {lists.map((list) => (
            <tr key={list.name}>
              <td><b className="mono"><Foreign>{list.name}</Foreign></b></td>
              {list.trouble
                ? <td colSpan={4}><span className="badge" style={{ "--tone": "var(--v-spam)" } as React.CSSProperties}>{t("addresses.list_sick")}</span> {list.trouble}</td>
                : <><td>{list.category ? t(`web.category_${list.category}`) : null}</td><td className="num">{count(list.entries)}</td><td>{list.made_at ? <Time at={list.made_at} form="short" /> : null}</td><td><Foreign mono>{list.source}</Foreign></td></>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DnsLists({ lists }: { lists: readonly Schemas["WebDnsListHealth"][] }) {
  const { t } = useTranslation();
  return (
    <ul style={{ listStyle: "none", margin: "12px 0 0", padding: 0, display: "grid", gap: 8 }} aria-label={t("web.dns_lists")}>
      {lists.map(({ zone, why, tested_at }) => (
        <li key={zone}>
          <span className="badge" style={{ "--tone": `var(--v-${why ? "spam" : "clean"})` } as React.CSSProperties}>{t(why ? "addresses.list_sick" : "addresses.list_well")}</span>{" "}
          <b className="mono"><Foreign>{zone}</Foreign></b> {why} <span className="quiet">{t("addresses.tested")} <Time at={tested_at} form="short" /></span>
        </li>
      ))}
    </ul>
  );
}
