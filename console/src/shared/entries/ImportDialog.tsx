// SPDX-License-Identifier: Apache-2.0
/** A file is first compared with the list: what it would add, change and remove is read before anything is written. */
import { Alert, Button, Group, Radio, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ChangeEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Fault, type Schemas } from "@/shared/api/client";
import { Dialog } from "@/shared/ui/Dialog";
import { Icon } from "@/shared/ui/Icon";
import { Progress } from "@/shared/ui/Page";
import { say } from "@/shared/ui/toasts";

import styles from "./entries.module.css";
import { Plan } from "./Plan";

/** Of a list: beyond this share, whoever removes must write down how many. */
const MUCH = 0.1;

interface Order {
  csv: string;
  mode: "merge" | "overwrite";
  dry_run: boolean;
}

interface Props<W extends string> {
  opened: boolean;
  title: string;
  /** What the columns are. */
  help: string;
  /** A few lines of a file, to begin with. */
  example: string;
  /** Which list the file is for. */
  lists: { label: string; data: { value: W; label: string }[]; first: W };
  bring: (list: W, order: Order) => Promise<Schemas["ImportPlan"]>;
  onClose: () => void;
  onDone: () => void;
}

export function ImportDialog<W extends string>(props: Props<W>) {
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={props.title} size="lg">
      <Steps {...props} />
    </Dialog>
  );
}

function Steps<W extends string>({ help, example, lists, bring, onClose, onDone }: Props<W>) {
  const { t } = useTranslation();
  const file = useRef<HTMLInputElement>(null);
  const [list, setList] = useState(lists.first);
  const [order, setOrder] = useState({ mode: "merge" as Order["mode"], csv: "" });
  const [typed, setTyped] = useState("");
  const compare = useMutation({ mutationFn: () => bring(list, { ...order, dry_run: true }) });
  const write = useMutation({
    mutationFn: () => bring(list, { ...order, dry_run: false }),
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
      <SegmentedControl aria-label={lists.label} value={list} data={lists.data} onChange={(to) => { change({}); setList(to as W); }} />
      <Textarea label={t("entries.csv")} description={help} placeholder={example} classNames={{ input: "mono" }} autosize minRows={4} maxRows={10} spellCheck={false} value={order.csv} onChange={(event) => change({ csv: event.currentTarget.value })} />
      <Group gap="sm">
        <Button variant="default" size="compact-sm" leftSection={<Icon name="upload" size={15} />} onClick={() => file.current?.click()}>{t("entries.choose_file")}</Button>
        <input ref={file} type="file" accept=".csv,.txt,text/csv,text/plain" hidden onChange={(event) => void choose(event)} />
      </Group>
      <Radio.Group label={t("entries.mode")} value={order.mode} onChange={(mode) => change({ mode: mode as Order["mode"] })}>
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
