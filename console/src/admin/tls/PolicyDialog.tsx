// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, Group, NativeSelect, Radio, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import styles from "@/shared/entries/entries.module.css";
import { Dialog } from "@/shared/ui/Dialog";
import { say } from "@/shared/ui/toasts";

import { words } from "./Peers";

interface Props {
  domain?: string;
  policy?: Schemas["HostedPolicy"];
  onClose: () => void;
  onDone: () => void;
}

const AGES = [86_400, 604_800, 2_592_000, 7_776_000, 31_557_600] as const;
const DAY = 86_400;

/** What a domain's policy says. */
export function PolicyDialog({ domain, ...props }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog opened={domain !== undefined} onClose={props.onClose} title={t("tls.policy_of", { domain: domain ?? "" })}>
      {domain ? <Fields key={domain} domain={domain} {...props} /> : null}
    </Dialog>
  );
}

function Fields({ domain, policy, onClose, onDone }: Props & { domain: string }) {
  const { t } = useTranslation();
  const [mode, setMode] = useState<Schemas["PolicyMode"]>(policy?.mode ?? "testing");
  const [mx, setMx] = useState(policy?.mx.join("\n") ?? "");
  const [age, setAge] = useState(policy?.max_age ?? 604_800);
  const save = useMutation({
    mutationFn: () => take(api.PUT("/api/v1/mta_sts/policies/{domain}", { params: { path: { domain } }, body: { mode, mx: mx.split(/\s+/).filter(Boolean), max_age: age } })),
    onSuccess: () => {
      say(t("tls.policy_saved", { domain }));
      onDone();
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const ages = [...new Set([...AGES, age])].sort((a, b) => a - b);
  return (
    <form onSubmit={submit} className={styles.form} noValidate>
      <Radio.Group label={t("tls.mode")} value={mode} onChange={(to) => setMode(to as Schemas["PolicyMode"])}>
        <div className={styles.modes}>
          {(["testing", "enforce", "none"] as const).map((one) => <Radio key={one} value={one} label={t(`tls.mode_${one}`)} description={t(`tls.mode_help_${one}`)} />)}
        </div>
      </Radio.Group>
      <Textarea label={t("tls.mx")} description={t("tls.mx_help")} classNames={{ input: "mono" }} autosize minRows={2} spellCheck={false} value={mx} onChange={(event) => setMx(event.currentTarget.value)} />
      <NativeSelect label={t("tls.max_age")} description={t("tls.max_age_help")} value={String(age)} data={ages.map((seconds) => ({ value: String(seconds), label: t("tls.days", { count: Math.round(seconds / DAY) }) }))} onChange={(event) => setAge(Number(event.currentTarget.value))} />
      {save.error ? <Alert color="red.9" variant="outline" role="alert">{words(save.error, t("failure.unreachable"))}</Alert> : null}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        <Button type="submit" loading={save.isPending}>{t("entries.save")}</Button>
      </Group>
    </form>
  );
}
