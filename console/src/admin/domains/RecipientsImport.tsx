// SPDX-License-Identifier: Apache-2.0
/** A file of valid recipients is first compared with the lists; whoever removes many writes down how many. */
import { Alert, Button, Group, Radio, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ChangeEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, take } from "@/shared/api/client";
import { Plan } from "@/shared/entries/Plan";
import { Dialog } from "@/shared/ui/Dialog";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Progress } from "@/shared/ui/Page";
import { say } from "@/shared/ui/toasts";

import styles from "./domains.module.css";
import { useReason } from "./words";

const MUCH = 0.1;
/** A longer text is kept, but not put into the field: browsers get slow with it. */
const MOST_SHOWN = 200_000;

interface Props {
  domain: string;
  opened: boolean;
  onClose: () => void;
  onDone: () => void;
}

export function RecipientsImport(props: Props) {
  const { t } = useTranslation();
  return <Dialog opened={props.opened} onClose={props.onClose} title={t("domains.recipients_import")} size="lg"><Steps {...props} /></Dialog>;
}

function Steps({ domain, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const reason = useReason();
  const file = useRef<HTMLInputElement>(null);
  const [csv, setCsv] = useState("");
  const [mode, setMode] = useState<"merge" | "overwrite">("overwrite");
  const [typed, setTyped] = useState("");
  const bring = (dry_run: boolean) => take(api.POST("/api/v1/directory_import/recipients/import", { body: { csv, mode, dry_run } }));
  const compare = useMutation({ mutationFn: () => bring(true) });
  const write = useMutation({
    mutationFn: () => bring(false),
    onSuccess: (done) => {
      say(t("entries.imported", { added: done.added, changed: done.changed, removed: done.removed }));
      onDone();
      onClose();
    },
  });
  const reset = () => {
    compare.reset();
    write.reset();
    setTyped("");
  };
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.currentTarget.files?.[0];
    if (!chosen) return;
    reset();
    setCsv(await chosen.text());
  };
  const plan = compare.data;
  const before = plan?.domains.reduce((sum, one) => sum + one.before, 0) ?? 0;
  const much = plan !== undefined && plan.removed > MUCH * before && plan.removed > 0;
  const nothing = plan !== undefined && plan.added + plan.changed + plan.removed === 0;
  const ready = plan && plan.problems.length === 0 && !nothing;
  const error = reason(compare.error ?? write.error);
  return (
    <div className={styles.form}>
      {csv.length > MOST_SHOWN
        ? <Alert color="petrol" variant="outline">{t("domains.long_file", { size: count(csv.length) })} <button type="button" className={styles.link} onClick={() => { reset(); setCsv(""); }}>{t("domains.another_file")}</button></Alert>
        : <Textarea label={t("entries.csv")} description={t("domains.csv_help")} placeholder={`lee@${domain},Lee Brown\nsam@${domain}`} classNames={{ input: "mono" }} autosize minRows={4} maxRows={10} spellCheck={false} value={csv} onChange={(event) => { reset(); setCsv(event.currentTarget.value); }} />}
      <Group gap="sm">
        <Button variant="default" size="compact-md" leftSection={<Icon name="upload" size={15} />} onClick={() => file.current?.click()}>{t("entries.choose_file")}</Button>
        <input ref={file} type="file" accept=".csv,.txt,text/csv,text/plain" hidden onChange={(event) => void choose(event)} />
      </Group>
      <Radio.Group label={t("entries.mode")} value={mode} onChange={(to) => { reset(); setMode(to as typeof mode); }}>
        <div className={styles.modes}>
          <Radio value="overwrite" label={t("entries.overwrite")} description={t("domains.overwrite_help")} />
          <Radio value="merge" label={t("entries.merge")} description={t("entries.merge_help")} />
        </div>
      </Radio.Group>
      {compare.isPending || write.isPending ? <Progress label={t(write.isPending ? "entries.writing" : "entries.comparing")} /> : null}
      {error ? <Alert color="red.9" variant="outline" role="alert">{error}</Alert> : null}
      {plan ? <Plan plan={plan} /> : null}
      {ready && plan.domains.length > 0 ? <ul className={styles.belongings}>{plan.domains.map((one) => <li key={one.domain}>{t("domains.plan_domain", { domain: one.domain, before: count(one.before), after: count(one.after) })}</li>)}</ul> : null}
      {ready && much ? <TextInput label={t("entries.much", { count: plan.removed })} value={typed} maw={280} inputMode="numeric" autoComplete="off" onChange={(event) => setTyped(event.currentTarget.value)} /> : null}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        {ready
          ? <Button disabled={much && typed.trim() !== String(plan.removed)} loading={write.isPending} onClick={() => write.mutate()}>{t("entries.write")}</Button>
          : <Button disabled={csv.trim() === ""} loading={compare.isPending} onClick={() => compare.mutate()}>{t("entries.compare")}</Button>}
      </Group>
    </div>
  );
}
