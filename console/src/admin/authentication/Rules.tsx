// SPDX-License-Identifier: Apache-2.0
/** One line per domain, the default first; a cell says what its rule does in short, and opens it. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import styles from "@/shared/entries/entries.module.css";
import { Foreign } from "@/shared/ui/Foreign";
import { Failure, Waiting } from "@/shared/ui/states";

import page from "./authentication.module.css";
import { type AuthenticationSearch, type DomainRules, type Method, METHODS, rules } from "./queries";
import { RuleDialog } from "./RuleDialog";

interface Props {
  search: AuthenticationSearch;
  onSearch: (change: Partial<AuthenticationSearch>) => void;
}

export function Rules({ search, onSearch }: Props) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(rules);
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={3} height={48} />;
  const name = (row: DomainRules) => row.domain || "default";
  const open = data.items.find((row) => name(row) === search.domain);
  const close = () => onSearch({ domain: undefined, method: undefined });
  return (
    <div className={styles.entries}>
      <div className={page.scroll}>
        <table className={page.rules}>
          <thead><tr><th scope="col">{t("authentication.domain")}</th>{METHODS.map((method) => <th key={method} scope="col">{t(`authentication.${method}`)}</th>)}</tr></thead>
          <tbody>
            {data.items.map((row) => (
              <tr key={name(row)}>
                <th scope="row">{row.domain ? <Foreign mono>{row.domain}</Foreign> : t("authentication.default")}</th>
                {METHODS.map((method) => (
                  <td key={method} data-label={t(`authentication.${method}`)}>
                    <button type="button" className={page.rule} data-own={row.origins[method]?.own || undefined} onClick={() => onSearch({ domain: name(row), method })}>
                      <span className="hidden">{t("authentication.change_of", { method: t(`authentication.${method}`), domain: row.domain || t("authentication.default") })}</span>
                      <Summary row={row} method={method} />
                      {row.domain ? <span className="quiet">{t(row.origins[method]?.own ? "authentication.own" : "authentication.inherited")}</span> : null}
                    </button>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <RuleDialog key={`${search.domain ?? ""} ${search.method ?? ""}`} rules={search.method ? open : undefined} method={search.method} schemas={data.schemas} onClose={close} />
    </div>
  );
}

/** The one or two outcomes that matter most. */
function Summary({ row, method }: { row: DomainRules; method: Method }) {
  const { t } = useTranslation();
  if (!row[method].enabled) return <span>{t("settings.off")}</span>;
  const order = (one: string) => t(`choice.${one}`, one);
  switch (method) {
    case "sender_ip":
      return row.sender_ip.matches?.length ? <span>{t("authentication.matches", { count: row.sender_ip.matches.length })} → {order(row.sender_ip.on_mismatch ?? "")}</span> : <span>{t("authentication.nothing_listed")}</span>;
    case "spf":
      return <span>{t("authentication.fail")} → {order(row.spf.on_fail ?? "")}</span>;
    case "dkim":
      return <span>{t("authentication.fail")} → {order(row.dkim.on_fail ?? "")}</span>;
    case "dmarc":
      return <span>p=reject → {order(row.dmarc.on_reject ?? "")}<br />p=quarantine → {order(row.dmarc.on_quarantine ?? "")}</span>;
  }
}
