// SPDX-License-Identifier: Apache-2.0
import { Button, Group, NativeSelect, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, take } from "@/shared/api/client";
import styles from "@/shared/entries/entries.module.css";
import { Dialog } from "@/shared/ui/Dialog";
import { say } from "@/shared/ui/toasts";

import { words } from "./Peers";
import { type Direction, hosted, levelsFor, type NewPeer, type Peer, PEERS } from "./queries";

interface Props {
  rows: Peer[];
  open?: string;
  direction?: Direction;
  onClose: () => void;
  onDone: () => void;
}

/** Adds a peer, or changes what is asked of one. */
export function PeerDialog({ rows, open, direction, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const peer = rows.find(({ id }) => id === open);
  return (
    <Dialog opened={open === "new" || peer !== undefined} onClose={onClose} title={t(peer ? "tls.change" : "tls.add")}>
      <Fields key={open} peer={peer} direction={direction} onClose={onClose} onDone={onDone} />
    </Dialog>
  );
}

function Fields({ peer, direction, onClose, onDone }: { peer?: Peer } & Pick<Props, "direction" | "onClose" | "onDone">) {
  const { t } = useTranslation();
  const { data: domains } = useQuery(hosted);
  const own = [...(domains?.items.map(({ domain }) => domain) ?? []), ...(domains?.without ?? [])].sort();
  const [value, setValue] = useState<NewPeer>(peer ?? { direction: direction ?? "outbound", peer: "", level: "mandatory", minimum: "none", domain: "", certificate_name: "", note: "" });
  const change = (some: Partial<NewPeer>) => setValue((now) => ({ ...now, ...some }));
  const turn = (to: Direction) => change({ direction: to, level: levelsFor(to).includes(value.level) ? value.level : "mandatory" });
  const needed = value.level !== "opportunistic";
  const named = value.level === "verified";
  const save = useMutation({
    mutationFn: () => {
      const { direction: to, peer: name, level, domain, note } = value;
      return take(api.POST(PEERS, { body: { direction: to, peer: name, level, domain, note, minimum: needed ? value.minimum : "none", certificate_name: named ? value.certificate_name : "" } }));
    },
    onSuccess: (made) => {
      say(t(peer ? "tls.changed" : "tls.added", { name: made.peer }));
      onDone();
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className={styles.form} noValidate>
      <SegmentedControl disabled={peer !== undefined} aria-label={t("tls.direction")} value={value.direction} data={[{ value: "outbound", label: t("tls.outbound_long") }, { value: "inbound", label: t("tls.inbound_long") }]} onChange={(to) => turn(to as Direction)} />
      <TextInput data-autofocus label={t("tls.peer")} description={t(`tls.peer_help_${value.direction}`)} placeholder="partner.example" classNames={{ input: "mono" }} autoComplete="off" spellCheck={false} disabled={peer !== undefined} value={value.peer} error={save.error ? words(save.error, t("failure.unreachable")) : undefined} onChange={(event) => change({ peer: event.currentTarget.value })} />
      <NativeSelect label={t("tls.level")} description={t(`tls.level_help_${value.level}`)} value={value.level} data={levelsFor(value.direction).map((level) => ({ value: level, label: t(`tls.level_${level}`) }))} onChange={(event) => change({ level: event.currentTarget.value as NewPeer["level"] })} />
      {needed ? <NativeSelect label={t("tls.minimum")} value={value.minimum} data={[{ value: "none", label: t("tls.any_version") }, { value: "1.2", label: "TLS 1.2" }, { value: "1.3", label: "TLS 1.3" }]} onChange={(event) => change({ minimum: event.currentTarget.value as NewPeer["minimum"] })} /> : null}
      {named ? <TextInput label={t("tls.certificate_name")} description={t("tls.certificate_name_help")} placeholder="mx.partner.example" classNames={{ input: "mono" }} autoComplete="off" spellCheck={false} value={value.certificate_name} onChange={(event) => change({ certificate_name: event.currentTarget.value })} /> : null}
      <NativeSelect label={t("tls.domain")} description={t("tls.domain_help")} disabled={peer !== undefined} value={value.domain} data={[{ value: "", label: t("tls.all_domains") }, ...own]} onChange={(event) => change({ domain: event.currentTarget.value })} />
      <Textarea label={t("entries.note")} description={t("entries.note_help")} maxLength={500} autosize minRows={1} value={value.note} onChange={(event) => change({ note: event.currentTarget.value })} />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        <Button type="submit" loading={save.isPending}>{t(peer ? "entries.save" : "tls.add")}</Button>
      </Group>
    </form>
  );
}
