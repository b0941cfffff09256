// SPDX-License-Identifier: Apache-2.0
/** Send a mail through this gateway and watch what becomes of it (only while it is a demo). */
import { Button, Textarea } from "@mantine/core";
import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type DragEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, Fault, type Row, take } from "@/shared/api/client";
import { session } from "@/shared/api/queries";
import { useRows } from "@/shared/state/live";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Empty, Failure } from "@/shared/ui/states";
import { StatusWord, VerdictBadge } from "@/shared/ui/Verdict";
import { useTitle } from "@/shared/ui/useTitle";

import { SAMPLES } from "./samples";
import styles from "./try.module.css";

const MOST_BYTES = 5 * 1024 * 1024;

export function TryPage() {
  const { t } = useTranslation();
  useTitle(t("place.try"));
  const { demo } = useSuspenseQuery(session).data;
  const [source, setSource] = useState("");
  const [fault, setFault] = useState("");
  const [over, setOver] = useState(false);
  const [arrived, setArrived] = useState<readonly Row[]>([]);
  const input = useId();
  const send = useMutation({
    mutationFn: (raw: string) => take(api.POST("/api/v1/try", { body: { raw: raw.replace(/\r?\n/g, "\r\n") } })),
    onMutate: () => setArrived([]),
  });
  const id = send.data?.id;
  const sentFrom = send.submittedAt;
  useRows((row) => {
    const isOurs = id ? row.id === id : send.isPending || (send.isSuccess && Date.parse(row.received_at) >= sentFrom - 2000);
    if (isOurs) setArrived((now) => [row, ...now.filter((one) => one.id !== row.id)].slice(0, 20));
  });

  const read = async (file: File | undefined) => {
    setOver(false);
    if (!file) return;
    if (file.size > MOST_BYTES) return setFault(t("try.too_big"));
    setFault("");
    setSource(latin(await file.arrayBuffer()));
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void read(event.dataTransfer.files[0]);
  };

  if (!demo) return <Empty heading="h1" icon="try" title={t("try.not_here")}>{t("try.not_here_why")}</Empty>;
  return (
    <div className={`page ${styles.page}`}>
      <h1>{t("place.try")}</h1>
      <p className="quiet">{t("try.lead")}</p>
      <div className={styles.samples}>
        <span>{t("try.samples")}</span>
        {SAMPLES.map(({ name, source: text }) => (
          <Button key={name} size="compact-sm" variant="default" onClick={() => setSource(text())}>{t(`try.sample_${name}`)}</Button>
        ))}
      </div>
      {/* Dropping is a second way; the button beside it does the same for the keyboard. */}
      <div className={styles.drop} data-over={over || undefined} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
        <Textarea aria-label={t("try.source")} placeholder={t("try.placeholder")} value={source} onChange={(event) => setSource(event.currentTarget.value)} rows={14} spellCheck={false} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12.5 } }} />
        <div className={styles.foot}>
          <Button component="label" htmlFor={input} variant="default" leftSection={<Icon name="clip" size={16} />}>{t("try.choose")}</Button>
          <input id={input} type="file" accept=".eml,message/rfc822,.txt" className="hidden" aria-label={t("try.choose")} onChange={(event) => void read(event.currentTarget.files?.[0])} />
          <span className="quiet">{t("try.drop")}</span>
          <Button disabled={source.trim() === ""} loading={send.isPending} onClick={() => send.mutate(source)} leftSection={<Icon name="try" size={16} />} style={{ marginInlineStart: "auto" }}>{t("try.send")}</Button>
        </div>
      </div>
      {fault ? <p role="alert" style={{ color: "var(--v-phishing)" }}>{fault}</p> : null}
      {send.error ? <Failure error={send.error instanceof Fault ? send.error : new Fault({ status: 0 })} /> : null}
      {send.data ? <Answer smtp={send.data.smtp} id={id} rows={id ? arrived.filter((row) => row.id === id) : arrived} /> : null}
    </div>
  );
}

function Answer({ smtp, id, rows }: { smtp: { code: number; text: string }; id?: string; rows: readonly Row[] }) {
  const { t } = useTranslation();
  const good = smtp.code >= 200 && smtp.code < 300;
  return (
    <section className={`card ${styles.answer}`} role="status" aria-live="polite">
      <h2>{t("try.answer")}</h2>
      <p className={styles.smtp} data-good={good || undefined}><Icon name={good ? "check" : "fail"} size={16} /> <code><Foreign>{`${smtp.code} ${smtp.text}`}</Foreign></code></p>
      {good && rows.length === 0 && !id ? <p className="quiet">{t("try.waiting")}</p> : null}
      {id && rows.length === 0 ? <p><Link to="/messages/$id" params={{ id }}>{t("try.open")}</Link></p> : null}
      <ul>
        {rows.map((row) => (
          <li key={row.id}>
            <VerdictBadge verdict={row.verdict} /> <StatusWord status={row.status} />
            <Link to="/messages/$id" params={{ id: row.id }} className="cut"><Foreign>{row.subject || t("list.no_subject")}</Foreign></Link>
            <span className="quiet cut">→ {row.recipient}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Bytes as text: UTF-8 where it is UTF-8, else one character per byte. */
function latin(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
