// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, NativeSelect, Switch, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import { said } from "@/shared/i18n";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon, type IconName } from "@/shared/ui/Icon";
import { Progress, Section } from "@/shared/ui/Page";
import { Empty } from "@/shared/ui/states";

import styles from "./domains.module.css";
import type { Domain } from "./queries";
import { useReason } from "./words";

const LOOKS: Record<Schemas["StepState"], [tone: string, icon: IconName]> = { passed: ["clean", "check"], warning: ["spam", "warning"], failed: ["phishing", "fail"] };

/** Tries one of the servers as a delivery would, and tells every step. */
export function TestTab({ data }: { data: Domain }) {
  const { t } = useTranslation();
  const reason = useReason();
  const addresses = [...new Set(data.servers.map(({ host, port }) => `${host} ${port}`))];
  const [server, setServer] = useState(addresses[0] ?? "");
  const [recipient, setRecipient] = useState("postmaster");
  const [send, setSend] = useState(false);
  const test = useMutation({
    mutationFn: () => {
      const [host = "", port = "25"] = server.split(" ");
      return take(api.POST("/api/v1/domains/{name}/connection_test", { params: { path: { name: data.name } }, body: { host, port: Number(port), recipient, send } }));
    },
  });
  const claimed = data.state === "unverified";
  const error = reason(test.error);
  if (addresses.length === 0) return <Section title={t("domains.tab.test")}><Empty icon="domains" title={t("domains.no_servers")} /></Section>;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    test.mutate();
  };
  return (
    <Section title={t("domains.tab.test")} lead={t("domains.test_lead")}>
      <form onSubmit={submit} className={styles.form} noValidate>
        <div className={styles.order}>
          <NativeSelect label={t("domains.server")} value={server} data={addresses.map((value) => ({ value, label: value.replace(/ (\d+)$/, " : $1") }))} onChange={(event) => setServer(event.currentTarget.value)} />
          <TextInput label={t("domains.test_recipient")} value={recipient} disabled={claimed} maxLength={64} autoComplete="off" spellCheck={false} rightSection={<span className={`quiet ${styles.at}`}>@{data.name}</span>} rightSectionWidth={Math.min(220, 24 + data.name.length * 8)} onChange={(event) => setRecipient(event.currentTarget.value)} />
        </div>
        <Switch label={t("domains.send")} description={t(claimed ? "domains.send_claimed" : "domains.send_help")} disabled={claimed} checked={send} onChange={(event) => setSend(event.currentTarget.checked)} />
        <div><Button type="submit" loading={test.isPending} leftSection={<Icon name="outbound" size={15} />}>{t("domains.test_now")}</Button></div>
        {test.isPending ? <Progress label={t("domains.testing")} /> : null}
        {error ? <Alert color="red.9" variant="outline" role="alert">{error}</Alert> : null}
        {test.data ? <Steps test={test.data} /> : null}
      </form>
    </Section>
  );
}

function Steps({ test }: { test: Schemas["ConnectionTest"] }) {
  const { t } = useTranslation();
  return (
    <div role="status">
      <p><b>{t(test.passed ? "domains.test_passed" : "domains.test_failed", { host: test.host, port: test.port })}</b> <span className="quiet num">{test.milliseconds} ms</span></p>
      <ol className={styles.steps}>
        {test.steps.map((step) => {
          const [tone, icon] = LOOKS[step.state];
          return (
            <li key={step.name} data-state={step.state} style={{ "--tone": `var(--v-${tone})` } as React.CSSProperties}>
              <span className={styles.mark}><Icon name={icon} size={16} /></span>
              <div>
                <b>{t(`domains.step.${step.name}`)}</b> <span className="hidden">{t(`domains.step_state.${step.state}`)}</span>
                <div className="break"><Foreign>{said(step.detail, step.detail_id, step.detail_values)}</Foreign></div>
                {step.advice ? <div className={styles.advice} data-state={step.state}>{said(step.advice, step.advice_id, step.advice_values)}</div> : null}
              </div>
              <span className="quiet num">{step.milliseconds} ms</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
