// SPDX-License-Identifier: Apache-2.0
/** The reports themselves: those that came and those that were brought, and a place to bring more. */
import { Button, Tooltip, ActionIcon } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import { Fault, type Schemas } from "@/shared/api/client";
import { Dialog } from "@/shared/ui/Dialog";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Section } from "@/shared/ui/Page";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";
import { say } from "@/shared/ui/toasts";

import styles from "./dmarc.module.css";
import { ALL, bring, receivedReports, takeOut } from "./queries";
import { percent } from "./Sources";

const MAX_BYTES = 10 * 1024 * 1024;

export function Received() {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(receivedReports());
  const [leaving, setLeaving] = useState<Schemas["ReceivedReport"]>();
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <Bring />
      <Section title={t("dmarc.received")} lead={t("dmarc.received_lead")}>
        {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
        {!data && !error ? <Waiting rows={4} /> : null}
        {data && items.length === 0 ? <Empty icon="reports" title={t("dmarc.received_none")}><p>{t("dmarc.empty_why")}</p></Empty> : null}
        {items.length > 0 ? (
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t("dmarc.reporter")}</th><th scope="col">{t("dmarc.domain")}</th><th scope="col">{t("dmarc.day")}</th>
                <th scope="col" className={styles.number}>{t("dmarc.mails")}</th><th scope="col" className={styles.number}>{t("dmarc.passed")}</th><th scope="col">{t("dmarc.came")}</th><th scope="col"><span className="hidden">{t("dmarc.actions")}</span></th>
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.id}>
                  <th scope="row" className="break"><Foreign>{one.reporter}</Foreign><div className="quiet break"><Foreign>{one.reporter_email}</Foreign></div></th>
                  <td className="break"><Foreign>{one.domain}</Foreign></td>
                  <td className="num" data-label={t("dmarc.day")}>{one.begins_at.slice(0, 10)}</td>
                  <td className={styles.number} data-label={t("dmarc.mails")}>{count(one.mails)}</td>
                  <td className={styles.number} data-label={t("dmarc.passed")}>{one.mails > 0 ? percent(one.passed / one.mails) : ""}</td>
                  <td>
                    {one.message_id ? <Link to="/messages" search={{ q: `status:read` }}><Time at={one.received_at} form="short" /></Link> : <Time at={one.received_at} form="short" />}
                    <div className="quiet break">{one.added_by ? t("dmarc.brought_by", { who: one.added_by }) : one.proved ? t("dmarc.proved", { domain: one.sender_domain }) : t("dmarc.not_proved")}</div>
                    {one.notes.map((note) => <div key={note} className="quiet break"><Icon name="info" size={13} /> <Foreign>{note}</Foreign></div>)}
                  </td>
                  <td>
                    <Tooltip label={t("dmarc.take_out")}>
                      <ActionIcon variant="subtle" color="gray" aria-label={t("dmarc.take_out_of", { reporter: one.reporter })} onClick={() => setLeaving(one)}><Icon name="trash" size={16} /></ActionIcon>
                    </Tooltip>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
        {hasNextPage ? <Button mt="sm" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("dmarc.more")}</Button> : null}
      </Section>
      <TakeOut report={leaving} onClose={() => setLeaving(undefined)} />
    </>
  );
}

function TakeOut({ report, onClose }: { report: Schemas["ReceivedReport"] | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const client = useQueryClient();
  const removal = useMutation({
    mutationFn: (id: string) => takeOut(id),
    onSuccess: () => { void client.invalidateQueries(ALL); onClose(); say(t("dmarc.taken_out")); },
  });
  return (
    <Dialog opened={report !== undefined} onClose={onClose} title={t("dmarc.take_out")}>
      {report ? <p>{t("dmarc.take_out_effect", { reporter: report.reporter, day: report.begins_at.slice(0, 10), count: report.mails, shown: count(report.mails) })}</p> : null}
      {removal.error ? <p role="alert">{words(removal.error, t("failure.unreachable"))}</p> : null}
      <div className={styles.buttons}>
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        <Button color="red.9" loading={removal.isPending} onClick={() => { if (report) removal.mutate(report.id); }}>{t("dmarc.take_out")}</Button>
      </div>
    </Dialog>
  );
}

interface Told { name: string; new: number; problems: string[] }

function Bring() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const id = useId();
  const [over, setOver] = useState(false);
  const [told, setTold] = useState<Told[]>([]);
  const upload = useMutation({
    mutationFn: async (files: File[]) => {
      const all: Told[] = [];
      for (const file of files) {
        setTold([...all]);
        all.push(await one(file, t("dmarc.too_big"), t("failure.unreachable")));
      }
      return all;
    },
    onSuccess: (all) => { setTold(all); void client.invalidateQueries(ALL); },
  });
  const take = (files: FileList | null | undefined) => { if (files && files.length > 0) upload.mutate([...files]); };
  return (
    <section
      className={`card ${styles.drop}`} aria-label={t("dmarc.bring")} data-over={over || undefined}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => { event.preventDefault(); setOver(false); take(event.dataTransfer.files); }}
    >
      <div className={styles.adviceHead}>
        <Icon name="upload" size={18} />
        <div style={{ flex: 1, minWidth: 200 }}><b>{t("dmarc.bring")}</b><div className="quiet">{t("dmarc.bring_lead")}</div></div>
        <Button component="label" htmlFor={id} variant="default" loading={upload.isPending}>{t("dmarc.choose")}</Button>
        <input id={id} type="file" multiple className="hidden" accept=".xml,.gz,.zip,.eml,application/xml,application/gzip,application/zip,message/rfc822" aria-label={t("dmarc.choose")} onChange={(event) => { take(event.currentTarget.files); event.currentTarget.value = ""; }} />
      </div>
      <div role="status">
        <ul className={styles.told}>
        {told.map((file) => (
          <li key={file.name}>
            <Icon name={file.problems.length > 0 ? "warning" : "check"} size={15} />
            <span className="break"><b><Foreign>{file.name}</Foreign></b> {t("dmarc.brought", { count: file.new })} <Foreign>{file.problems.join("; ")}</Foreign></span>
          </li>
        ))}
      </ul>
      </div>
    </section>
  );
}

async function one(file: File, tooBig: string, unreachable: string): Promise<Told> {
  if (file.size > MAX_BYTES) return { name: file.name, new: 0, problems: [tooBig] };
  try {
    return { name: file.name, ...(await bring(await base64(file), file.name)) };
  } catch (error) {
    return { name: file.name, new: 0, problems: [words(error, unreachable)] };
  }
}

function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error ?? new Error(file.name));
    reader.readAsDataURL(file);
  });
}

function words(error: unknown, unreachable: string): string {
  return error instanceof Fault ? (error.problem.detail ?? unreachable) : String(error);
}
