// SPDX-License-Identifier: Apache-2.0
import { ActionIcon, Checkbox, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Icon } from "@/shared/ui/Icon";

import styles from "./entries.module.css";
import type { EntriesKind, Entry, NewEntry } from "./entries";

interface Props<E extends Entry, N extends NewEntry> {
  entry: E;
  kind: EntriesKind<E, N>;
  reachable: boolean;
  selected: boolean;
  onSelect: () => void;
  onOpen: () => void;
  onRemove: () => void;
}

/** One entry. Its keys are the table's: j, k, x, Enter and d. */
export function EntryRow<E extends Entry, N extends NewEntry>({ entry, kind, reachable, selected, onSelect, onOpen, onRemove }: Props<E, N>) {
  const { t } = useTranslation();
  const name = kind.name(entry);
  return (
    <tr role="row" data-row={entry.id} tabIndex={reachable ? 0 : -1} aria-selected={selected}>
      <td role="gridcell" className={styles.pick}><span className={styles.target}><Checkbox size="xs" checked={selected} onChange={onSelect} aria-label={t("entries.select", { name })} /></span></td>
      {kind.columns.map(({ key, label, cell }) => <td key={key} role="gridcell" data-label={label} data-column={key}>{cell(entry)}</td>)}
      <td role="gridcell" className={styles.rowActions}>
        <Tooltip label={t("entries.edit")}><ActionIcon variant="subtle" color="petrol" style={{ color: "var(--accent)" }} aria-label={t("entries.edit_name", { name })} onClick={onOpen}><Icon name="pencil" size={16} /></ActionIcon></Tooltip>
        <Tooltip label={t("entries.delete")}><ActionIcon variant="subtle" color="petrol" style={{ color: "var(--accent)" }} aria-label={t("entries.delete_name", { name })} onClick={onRemove}><Icon name="trash" size={16} /></ActionIcon></Tooltip>
      </td>
    </tr>
  );
}
