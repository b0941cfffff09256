// SPDX-License-Identifier: Apache-2.0
/** Two steps to a claim: the name, and the servers behind it. The third, the proof, waits on the domain's own page. */
import { Alert, Button, Group, Stepper, Switch, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, take } from "@/shared/api/client";
import { Dialog } from "@/shared/ui/Dialog";

import styles from "./domains.module.css";
import { KEY } from "./queries";
import { BLANK, ServerRows } from "./ServerRows";
import { useReason } from "./words";

const SIZE_LIMIT = 50 * 1024 * 1024;

export function AddDomain({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return <Dialog opened={opened} onClose={onClose} title={t("domains.add")} size="xl"><Steps onClose={onClose} /></Dialog>;
}

function Steps({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const reason = useReason();
  const [step, setStep] = useState(0);
  const [name, setName] = useState("");
  const [servers, setServers] = useState([{ ...BLANK }]);
  const [filter, setFilter] = useState(false);
  const add = useMutation({
    mutationFn: () => take(api.POST("/api/v1/domains", { body: { name: name.trim(), servers: servers.filter(({ host }) => host.trim()), recipient_filter: filter, size_limit: SIZE_LIMIT } })),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: [KEY] });
      void navigate({ to: "/domains/$name", params: { name: made.name }, search: { tab: "verification" } });
    },
  });
  const error = reason(add.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (step === 0) setStep(1);
    else add.mutate();
  };
  return (
    <form onSubmit={submit} className={styles.form} noValidate>
      <Stepper active={step} onStepClick={setStep} size="sm" allowNextStepsSelect={false} aria-label={t("domains.steps")}>
        <Stepper.Step label={t("domains.step_name")} />
        <Stepper.Step label={t("domains.step_servers")} />
        <Stepper.Step label={t("domains.step_proof")} />
      </Stepper>
      {step === 0 ? (
        <TextInput data-autofocus label={t("domains.domain")} description={t("domains.domain_help")} placeholder="example.com" value={name} maxLength={254} autoComplete="off" spellCheck={false} onChange={(event) => setName(event.currentTarget.value)} />
      ) : (
        <>
          <p className="quiet">{t("domains.servers_lead")}</p>
          <ServerRows rows={servers} onChange={setServers} />
          <Switch label={t("domains.filter")} description={t("domains.filter_help")} checked={filter} onChange={(event) => setFilter(event.currentTarget.checked)} />
        </>
      )}
      {error ? <Alert color="red.9" variant="outline" role="alert">{error}</Alert> : null}
      <Group justify="flex-end" gap="sm">
        {step === 0 ? <Button variant="default" onClick={onClose}>{t("cancel")}</Button> : <Button variant="default" onClick={() => setStep(0)}>{t("domains.back")}</Button>}
        <Button type="submit" disabled={name.trim() === ""} loading={add.isPending}>{t(step === 0 ? "domains.next" : "domains.add_now")}</Button>
      </Group>
    </form>
  );
}
