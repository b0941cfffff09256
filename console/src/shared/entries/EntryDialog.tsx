// SPDX-License-Identifier: Apache-2.0
import { Button, Group, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Fault } from "@/shared/api/client";
import { Dialog } from "@/shared/ui/Dialog";
import { say } from "@/shared/ui/toasts";

import { type EntriesKind, type Entry, fromField, type ListWord, type NewEntry, toField, USUAL_LISTS } from "./entries";
import styles from "./entries.module.css";

const VERBS: Record<ListWord, string> = { approved: "approve", blocked: "block", keyword: "keyword" };

interface Props<E extends Entry, N extends NewEntry> {
  kind: EntriesKind<E, N>;
  rows: E[];
  open?: string;
  list?: ListWord;
  loaded: boolean;
  onClose: () => void;
  onDone: () => void;
}

/** Adds an entry, or changes what may change of one: its note, its end, and what else it says. */
export function EntryDialog<E extends Entry, N extends NewEntry>({ kind, rows, open, list, loaded, onClose, onDone }: Props<E, N>) {
  const { t } = useTranslation();
  const entry = rows.find(({ id }) => id === open);
  const known = open === "new" || entry !== undefined;
  const asked = open !== undefined && open !== "import" && (known || loaded);
  return (
    <Dialog opened={asked} onClose={onClose} title={t(`entries.${kind.noun}.${entry ? "change" : "add"}`)}>
      {known ? <Fields key={open} kind={kind} entry={entry} list={list} onClose={onClose} onDone={onDone} /> : <p>{t("entries.gone")}</p>}
    </Dialog>
  );
}

function Fields<E extends Entry, N extends NewEntry>({ kind, entry, list, onClose, onDone }: { entry?: E } & Pick<Props<E, N>, "kind" | "list" | "onClose" | "onDone">) {
  const { t } = useTranslation();
  const [value, setValue] = useState<N>(entry ? kind.again(entry) : { ...kind.blank, ...(list ? { list } : {}) });
  const change = (some: Partial<N>) => setValue((now) => ({ ...now, ...some }));
  const save = useMutation({
    mutationFn: () => kind.add(value),
    onSuccess: (made) => {
      say(t(`entries.${kind.noun}.${entry ? "changed" : "added"}`, { name: kind.name(made) }));
      onDone();
      onClose();
    },
  });
  const problem = save.error instanceof Fault ? save.error.problem : undefined;
  const error = save.error ? (problem?.errors?.map(({ detail }) => detail).join(" ") ?? problem?.detail ?? t("failure.unreachable")) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className={styles.form} noValidate>
      <SegmentedControl disabled={entry !== undefined} aria-label={t("entries.list")} value={value.list} data={(kind.lists ?? USUAL_LISTS).map((list) => ({ value: list, label: t(`entries.${VERBS[list]}`) }))} onChange={(to) => change({ list: to as N["list"] } as Partial<N>)} />
      {kind.fields({ value, onChange: change, fixed: entry !== undefined, error })}
      <Textarea label={t("entries.note")} description={t("entries.note_help")} maxLength={500} autosize minRows={1} value={value.note ?? ""} onChange={(event) => change({ note: event.currentTarget.value } as Partial<N>)} />
      <TextInput type="datetime-local" label={t("entries.expires")} description={t("entries.expires_help")} value={toField(value.expires_at)} styles={{ wrapper: { maxWidth: 260 } }} onChange={(event) => change({ expires_at: fromField(event.currentTarget.value) } as Partial<N>)} />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        <Button type="submit" loading={save.isPending}>{t(entry ? "entries.save" : `entries.${kind.noun}.add`)}</Button>
      </Group>
    </form>
  );
}
