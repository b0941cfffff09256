// SPDX-License-Identifier: Apache-2.0
import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Dialog } from "@/shared/ui/Dialog";
import { Foreign } from "@/shared/ui/Foreign";

import type { EntriesKind, Entry, NewEntry } from "./entries";
import styles from "./entries.module.css";

const NAMED = 8;

interface Props<E extends Entry, N extends NewEntry> {
  kind: EntriesKind<E, N>;
  entries: E[];
  busy: boolean;
  onClose: () => void;
  onRemove: () => void;
}

/** Several entries at once are asked about, by name. */
export function RemoveDialog<E extends Entry, N extends NewEntry>({ kind, entries, busy, onClose, onRemove }: Props<E, N>) {
  const { t } = useTranslation();
  return (
    <Dialog opened={entries.length > 0} onClose={onClose} title={t(`entries.${kind.noun}.remove`, { count: entries.length })}>
      <ul className={styles.named}>
        {entries.slice(0, NAMED).map((entry) => <li key={entry.id}><Foreign mono>{kind.name(entry)}</Foreign> <span className="quiet">{t(`entries.${entry.list}`)}</span></li>)}
        {entries.length > NAMED ? <li className="quiet">{t("entries.and_more", { count: entries.length - NAMED })}</li> : null}
      </ul>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        <Button data-autofocus color="red.9" loading={busy} onClick={onRemove}>{t(`entries.${kind.noun}.remove`, { count: entries.length })}</Button>
      </Group>
    </Dialog>
  );
}
