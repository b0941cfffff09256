// SPDX-License-Identifier: Apache-2.0
/** Reports of ours: whether they are sent, what would be, what was, and the boxes that are left alone. */
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Section } from "@/shared/ui/Page";
import { Failure, Waiting } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";
import { say } from "@/shared/ui/toasts";

import styles from "./dmarc.module.css";
import { ALL, dmarcSending, revive, sendingPlan } from "./queries";

export function Sending() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(dmarcSending);
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={3} height={120} />;
  const bad = data.enabled && data.problem !== "";
  return (
    <>
      <p className={`card ${styles.hint}`} data-bad={bad || undefined}>
        <Icon name={bad ? "warning" : data.enabled ? "check" : "info"} size={16} />
        <span>
          {bad ? t("dmarc.sending_stuck", { problem: data.problem }) : t(data.enabled ? "dmarc.sending_on" : "dmarc.sending_off")}{" "}
          <Link to="/dmarc_reports" search={{ tab: "settings" }}>{t("settings.title")}</Link>
        </span>
      </p>
      <Plan />
      <Section title={t("dmarc.sent")} lead={t("dmarc.sent_lead")}>
        {data.sent.length === 0 ? <p className="quiet">{t("dmarc.sent_none")}</p> : <Sent lines={data.sent} />}
      </Section>
      {data.dead_boxes.length > 0 ? <Section title={t("dmarc.dead")} lead={t("dmarc.dead_lead")}><Dead boxes={data.dead_boxes} /></Section> : null}
    </>
  );
}

function Plan() {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const { data, error, refetch, isFetching } = useQuery(sendingPlan);
  return (
    <Section title={t("dmarc.plan")} lead={t("dmarc.plan_lead")} actions={<Button variant="default" loading={isFetching} onClick={() => void refetch()}>{t("dmarc.plan_ask")}</Button>}>
      {error ? <Failure error={error} /> : null}
      <div role="status">
        {data && data.items.length === 0 ? <p className="quiet">{t("dmarc.plan_none", { day: data.day })}</p> : null}
        {data && data.items.length > 0 ? (
          <table className={styles.table}>
            <thead><tr><th scope="col">{t("dmarc.domain")}</th><th scope="col" className={styles.number}>{t("dmarc.mails")}</th><th scope="col">{t("dmarc.goes_to")}</th></tr></thead>
            <tbody>
              {data.items.map((one) => (
                <tr key={one.policy_domain}>
                  <th scope="row" className="break"><Foreign>{one.policy_domain}</Foreign></th>
                  <td className={styles.number} data-label={t("dmarc.mails")}>{count(one.mails)}</td>
                  <td className="break">{one.destinations.length > 0 ? <Foreign>{one.destinations.join(", ")}</Foreign> : <b>{t("dmarc.nobody")}</b>}{one.why ? <div className="quiet"><Foreign>{one.why}</Foreign></div> : null}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
        {data && data.left_out > 0 ? <p className="quiet">{t("dmarc.left_out", { count: data.left_out })}</p> : null}
      </div>
    </Section>
  );
}

function Sent({ lines }: { lines: Schemas["SentReport"][] }) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  return (
    <table className={styles.table}>
      <thead><tr><th scope="col">{t("dmarc.day")}</th><th scope="col">{t("dmarc.domain")}</th><th scope="col">{t("dmarc.goes_to")}</th><th scope="col" className={styles.number}>{t("dmarc.mails")}</th><th scope="col">{t("dmarc.state")}</th></tr></thead>
      <tbody>
        {lines.map((one) => (
          <tr key={`${one.day} ${one.policy_domain} ${one.destination}`}>
            <th scope="row" className="num">{one.day}</th>
            <td className="break"><Foreign>{one.policy_domain}</Foreign></td>
            <td className="break">{one.destination ? <Foreign>{one.destination}</Foreign> : <b>{t("dmarc.nobody")}</b>}</td>
            <td className={styles.number} data-label={t("dmarc.mails")}>{count(one.mails)}</td>
            <td>
              {t(`dmarc.state_${one.state}`, one.state)} <span className="quiet"><Time at={one.at} form="short" /></span>
              {one.why ? <div className="quiet break"><Foreign>{one.why}</Foreign></div> : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Dead({ boxes }: { boxes: Schemas["ResignedBox"][] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const again = useMutation({ mutationFn: revive, onSuccess: () => { void client.invalidateQueries(ALL); say(t("dmarc.revived")); }, onError: (error) => say(String(error), "bad") });
  return (
    <table className={styles.table}>
      <thead><tr><th scope="col">{t("dmarc.address")}</th><th scope="col">{t("dmarc.until")}</th><th scope="col"><span className="hidden">{t("dmarc.actions")}</span></th></tr></thead>
      <tbody>
        {boxes.map((one) => (
          <tr key={one.address}>
            <th scope="row" className="break"><Foreign>{one.address}</Foreign><div className="quiet break"><Foreign>{one.why}</Foreign></div></th>
            <td><Time at={one.until} form="short" /></td>
            <td><Button size="xs" variant="default" loading={again.isPending && again.variables === one.address} onClick={() => again.mutate(one.address)}>{t("dmarc.revive")}</Button></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
