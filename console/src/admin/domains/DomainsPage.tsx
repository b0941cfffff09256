// SPDX-License-Identifier: Apache-2.0
/** The protected domains: where each stands, and the way to one more. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useShortcuts } from "@/shared/state/keys";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Page } from "@/shared/ui/Page";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";

import { AddDomain } from "./AddDomain";
import styles from "./domains.module.css";
import { type DomainsSearch, domains } from "./queries";
import { StateBadge } from "./words";

export function DomainsPage() {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const search = useSearch({ from: "/inside/domains" });
  const navigate = useNavigate({ from: "/domains" });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(domains(search.q, search.state));
  const rows = data?.pages.flatMap(({ items }) => items) ?? [];
  const change = (some: Partial<DomainsSearch>) => void navigate({ search: (now) => ({ ...now, ...some }), replace: true });
  useShortcuts({ n: () => change({ open: "new" }) });
  const add = <Button leftSection={<Icon name="plus" size={16} />} onClick={() => change({ open: "new" })}>{t("domains.add")}</Button>;
  return (
    <Page title={t("place.domains")} lead={t("domains.lead")} docs="domains" actions={add}>
      <div className={`card ${styles.list}`}>
        <div className={styles.tools}>
          <Search value={search.q ?? ""} label={t("domains.search")} onChange={(q) => change({ q: q || undefined })} />
          <NativeSelect aria-label={t("domains.state_label")} value={search.state ?? ""} data={[{ value: "", label: t("domains.all_states") }, ...(["verified", "unverified", "proof_missing"] as const).map((value) => ({ value, label: t(`domains.state.${value}`) }))]} onChange={(event) => change({ state: (event.currentTarget.value || undefined) as DomainsSearch["state"] })} />
        </div>
        {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
        {!data && !error ? <Waiting rows={4} height={44} /> : null}
        {data && rows.length === 0 ? (
          search.q || search.state
            ? <Empty icon="search" title={t("domains.no_match")}><Button variant="default" mt="xs" onClick={() => change({ q: undefined, state: undefined })}>{t("domains.show_all")}</Button></Empty>
            : <Empty icon="domains" title={t("domains.empty")}><p>{t("domains.empty_why")}</p></Empty>
        ) : null}
        {rows.length > 0 ? (
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t("domains.domain")}</th><th scope="col">{t("domains.state_label")}</th><th scope="col" className={styles.number}>{t("domains.tab.servers")}</th>
                <th scope="col" className={styles.number}>{t("domains.tab.recipients")}</th><th scope="col">{t("domains.since")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row"><Link to="/domains/$name" params={{ name: row.name }} className={styles.name}><Foreign>{row.name}</Foreign></Link></th>
                  <td><StateBadge state={row.state} />{row.missing ? <div className={`quiet ${styles.missing}`}>{t("domains.not_found", { what: row.missing })}</div> : null}</td>
                  <td className={`num ${styles.number}`} data-label={t("domains.tab.servers")}>{row.servers === 0 ? <b className={styles.bad}>0</b> : count(row.servers)}</td>
                  <td className={`num ${styles.number}`} data-label={t("domains.tab.recipients")}>{row.recipient_filter ? count(row.recipients) : <span className="quiet">{t("domains.everybody")}</span>}</td>
                  <td><Time at={row.created_at} form="short" /></td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
        {hasNextPage ? <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("list.more")}</Button> : null}
      </div>
      <AddDomain opened={search.open === "new"} onClose={() => change({ open: undefined })} />
    </Page>
  );
}

/** The address follows when the typing rests. */
export function Search({ value, label, onChange }: { value: string; label: string; onChange: (q: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onChange(typed.trim()), 350);
    return () => clearTimeout(timer);
  });
  return <TextInput data-search-box type="search" className={styles.search} leftSection={<Icon name="search" size={15} />} aria-label={label} placeholder={label} value={typed} maxLength={100} onChange={(event) => setTyped(event.currentTarget.value)} />;
}
