// SPDX-License-Identifier: Apache-2.0
/** A file is first compared with the list: what it would add, change and remove is read before anything is written. */
import { Alert, Button, Group, Radio, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ChangeEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Fault } from "@/shared/api/client";
import { Dialog } from "@/shared/ui/Dialog";
import { Icon } from "@/shared/ui/Icon";
import { Progress } from "@/shared/ui/Page";
import { say } from "@/shared/ui/toasts";

import type { EntriesKind, Entry, NewEntry } from "./entries";
import styles from "./entries.module.css";
import { Plan } from "./Plan";

/** Of a list: beyond this share, whoever removes must write down how many. */
const MUCH = 0.1;

interface Props<E extends Entry, N extends NewEntry> {
  kind: EntriesKind<E, N>;
  opened: boolean;
  list?: "approved" | "blocked";
  onClose: () => void;
  onDone: () => void;
}

export function ImportDialog<E extends Entry, N extends NewEntry>(props: Props<E, N>) {
  const { t } = useTranslation();
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={t(`entries.${props.kind.noun}.import`)} size="lg">
      <Steps {...props} />
    </Dialog>
  );
}

function Steps<E extends Entry, N extends NewEntry>({ kind, list, onClose, onDone }: Props<E, N>) {
  const { t } = useTranslation();
  const file = useRef<HTMLInputElement>(null);
  const [order, setOrder] = useState({ list: list ?? ("blocked" as const), mode: "merge" as "merge" | "overwrite", csv: "" });
  const [typed, setTyped] = useState("");
  const compare = useMutation({ mutationFn: () => kind.bring({ ...order, dry_run: true }) });
  const write = useMutation({
    mutationFn: () => kind.bring({ ...order, dry_run: false }),
    onSuccess: (done) => {
      say(t("entries.imported", { added: done.added, changed: done.changed, removed: done.removed }));
      onDone();
      onClose();
    },
  });
  const change = (some: Partial<typeof order>) => {
    compare.reset();
    write.reset();
    setTyped("");
    setOrder((now) => ({ ...now, ...some }));
  };
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.currentTarget.files?.[0];
    if (chosen) change({ csv: await chosen.text() });
  };
  const plan = compare.data;
  const much = plan !== undefined && plan.removed > 0 && plan.removed > MUCH * (plan.removed + plan.changed + plan.unchanged);
  const nothing = plan !== undefined && plan.added + plan.changed + plan.removed === 0;
  const blocked = !plan || plan.problems.length > 0 || nothing || (much && typed.trim() !== String(plan.removed));
  const error = compare.error ?? write.error;
  return (
    <div className={styles.form}>
      <SegmentedControl aria-label={t("entries.list")} value={order.list} data={[{ value: "approved", label: t("entries.approved") }, { value: "blocked", label: t("entries.blocked") }]} onChange={(to) => change({ list: to as "approved" | "blocked" })} />
      <Textarea label={t("entries.csv")} description={t(`entries.${kind.noun}.csv_help`)} placeholder={kind.example} classNames={{ input: "mono" }} autosize minRows={4} maxRows={10} spellCheck={false} value={order.csv} onChange={(event) => change({ csv: event.currentTarget.value })} />
      <Group gap="sm">
        <Button variant="default" size="compact-sm" leftSection={<Icon name="upload" size={15} />} onClick={() => file.current?.click()}>{t("entries.choose_file")}</Button>
        <input ref={file} type="file" accept=".csv,.txt,text/csv,text/plain" hidden onChange={(event) => void choose(event)} />
      </Group>
      <Radio.Group label={t("entries.mode")} value={order.mode} onChange={(mode) => change({ mode: mode as "merge" | "overwrite" })}>
        <div className={styles.modes}>
          <Radio value="merge" label={t("entries.merge")} description={t("entries.merge_help")} />
          <Radio value="overwrite" label={t("entries.overwrite")} description={t("entries.overwrite_help")} />
        </div>
      </Radio.Group>
      {compare.isPending || write.isPending ? <Progress label={t(write.isPending ? "entries.writing" : "entries.comparing")} /> : null}
      {error ? <Alert color="red.9" variant="outline" role="alert">{error instanceof Fault ? (error.problem.detail ?? t("failure.unreachable")) : String(error)}</Alert> : null}
      {plan ? <Plan plan={plan} /> : null}
      {plan && much && plan.problems.length === 0 ? <TextInput label={t("entries.much", { count: plan.removed })} value={typed} maw={280} inputMode="numeric" autoComplete="off" onChange={(event) => setTyped(event.currentTarget.value)} /> : null}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        {plan && plan.problems.length === 0 && !nothing
          ? <Button disabled={blocked} loading={write.isPending} onClick={() => write.mutate()}>{t("entries.write")}</Button>
          : <Button disabled={order.csv.trim() === ""} loading={compare.isPending} onClick={() => compare.mutate()}>{t("entries.compare")}</Button>}
      </Group>
    </div>
  );
}
