// SPDX-License-Identifier: Apache-2.0
/** What others saw of our servers, what we told others, and reports that are brought as a file. */
import { Alert, Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ChangeEvent, useRef } from "react";
import { useTranslation } from "react-i18next";

import { api, take } from "@/shared/api/client";
import styles from "@/shared/entries/entries.module.css";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { say } from "@/shared/ui/toasts";

import { words } from "./Peers";
import { overview, sent } from "./queries";

const DAYS = 30;

export function Reports() {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const { data, error, refetch } = useQuery(overview(DAYS));
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={3} height={38} />;
  return (
    <div className={styles.entries}>
      <Upload />
      {data.items.length === 0 ? <Empty icon="reports" title={t("tls.no_reports")}><p>{t("tls.no_reports_why")}</p></Empty> : (
        <table className={styles.table} aria-label={t("tls.reports")}>
          <thead><tr>{(["domain_of", "policy", "outcome", "sessions", "reporters"] as const).map((column) => <th key={column} scope="col">{t(`tls.${column}`)}</th>)}</tr></thead>
          <tbody>
            {data.items.map((row) => (
              <tr key={`${row.domain} ${row.policy_type} ${row.failure}`}>
                <td data-label={t("tls.domain_of")}><Foreign>{row.domain}</Foreign></td>
                <td data-label={t("tls.policy")}>{t(`tls.policy_${row.policy_type}`, row.policy_type)}</td>
                <td data-label={t("tls.outcome")}>
                  <span className="badge" style={{ "--tone": `var(--v-${row.failure ? "phishing" : "clean"})` } as React.CSSProperties}><Icon name={row.failure ? "fail" : "check"} size={14} /> {row.failure ? t(`tls.failure_${row.failure}`, row.failure) : t("tls.encrypted")}</span>
                  {row.why ? <div className="quiet"><Foreign>{row.why}</Foreign></div> : null}
                </td>
                <td data-label={t("tls.sessions")} className="num">{count(row.sessions)}</td>
                <td data-label={t("tls.reporters")} className="num">{count(row.reporters)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Sent />
    </div>
  );
}

function Upload() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const file = useRef<HTMLInputElement>(null);
  const bring = useMutation({
    mutationFn: (content: string) => take(api.POST("/api/v1/tls_reports/received", { body: { content } })),
    onSuccess: (done) => {
      say(t("tls.brought", { count: done.new }));
      void client.invalidateQueries({ queryKey: ["tls_reports"] });
    },
  });
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const input = event.currentTarget;
    const chosen = input.files?.[0];
    if (chosen) bring.mutate(base64(new Uint8Array(await chosen.arrayBuffer())));
    input.value = "";
  };
  return (
    <>
      <div className={styles.tools}>
        <Button variant="default" leftSection={<Icon name="upload" size={16} />} loading={bring.isPending} onClick={() => file.current?.click()}>{t("tls.bring")}</Button>
        <span className="quiet">{t("tls.bring_help")}</span>
        <input ref={file} type="file" accept=".gz,.json,.eml,application/gzip,application/json,message/rfc822" hidden onChange={(event) => void choose(event)} />
      </div>
      {bring.error ? <Alert color="red.9" variant="outline" role="alert">{words(bring.error, t("failure.unreachable"))}</Alert> : null}
      {bring.data && bring.data.problems.length > 0 ? <Alert color="yellow.9" variant="outline" role="status" icon={<Icon name="warning" />}><ul className={styles.problems}>{bring.data.problems.map((one, index) => <li key={index}><Foreign>{one}</Foreign></li>)}</ul></Alert> : null}
    </>
  );
}

function Sent() {
  const { t, i18n } = useTranslation();
  const { count } = useNumbers();
  const { data } = useQuery(sent);
  if (!data || data.items.length === 0) return null;
  const date = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeZone: "UTC" });
  return (
    <table className={styles.table} aria-label={t("tls.sent")}>
      <caption style={{ textAlign: "start", fontWeight: 600, padding: "10px 0 4px" }}>{t("tls.sent")}</caption>
      <thead><tr>{(["day", "told", "to", "sessions", "failures"] as const).map((column) => <th key={column} scope="col">{t(`tls.${column}`)}</th>)}</tr></thead>
      <tbody>
        {data.items.map((row) => (
          <tr key={`${row.day} ${row.domain}`}>
            <td data-label={t("tls.day")} style={{ whiteSpace: "nowrap" }}>{date.format(new Date(row.day))}</td>
            <td data-label={t("tls.told")}><Foreign>{row.domain}</Foreign></td>
            <td data-label={t("tls.to")}>{row.sent_to.map((one) => <div key={one}><Foreign mono>{one}</Foreign></div>)}{row.problems.map((one) => <div key={one} className="quiet"><Icon name="warning" size={13} /> <Foreign>{one}</Foreign></div>)}</td>
            <td data-label={t("tls.sessions")} className="num">{count(row.sessions)}</td>
            <td data-label={t("tls.failures")} className="num">{count(row.failures)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 0x8000) text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  return btoa(text);
}
