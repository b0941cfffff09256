// SPDX-License-Identifier: Apache-2.0
/**
 * A list of approved and blocked somethings: search, filter, sort, select, add, change, delete with a way back,
 * bring and take away as CSV. What it shows stands in the address; every key of it works without a mouse.
 */
import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Fault } from "@/shared/api/client";
import { Icon } from "@/shared/ui/Icon";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { say } from "@/shared/ui/toasts";

import styles from "./entries.module.css";
import { type EntriesKind, type EntriesPages, type EntriesSearch, type Entry, type NewEntry, USUAL_LISTS } from "./entries";
import { EntryDialog } from "./EntryDialog";
import { EntryRow } from "./EntryRow";
import { ImportDialog } from "./ImportDialog";
import { RemoveDialog } from "./RemoveDialog";
import { useEntryKeys } from "./useEntryKeys";

interface Props<E extends Entry, N extends NewEntry> {
  kind: EntriesKind<E, N>;
  pages: EntriesPages<E>;
  search: EntriesSearch;
  onSearch: (change: Partial<EntriesSearch>) => void;
  /** Further filters, beside the list's own. */
  filters?: ReactNode;
}

export function EntriesTable<E extends Entry, N extends NewEntry>({ kind, pages, search, onSearch, filters }: Props<E, N>) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = pages;
  const rows = data?.pages.flatMap(({ items }) => items) ?? [];
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<E[]>([]);
  const lists = kind.lists ?? USUAL_LISTS;
  const named = lists.map((list) => ({ value: list, label: t(`entries.${list}`) }));
  const selected = rows.filter(({ id }) => picked.has(id));

  const stale = () => void client.invalidateQueries({ queryKey: [kind.queryKey] });
  const restore = useMutation({
    mutationFn: async (entries: E[]) => {
      for (const entry of entries) await kind.add(kind.again(entry));
    },
    onSuccess: (_unused, entries) => say(t(`entries.${kind.noun}.restored`, { count: entries.length })),
    onError: (fault) => say(words(fault), "bad"),
    onSettled: stale,
  });
  const remove = useMutation({
    mutationFn: (entries: E[]) => kind.remove(entries.map(({ id }) => id)),
    onSuccess: (_unused, entries) => {
      setAsking([]);
      setPicked(new Set());
      say(t(`entries.${kind.noun}.removed`, { count: entries.length, name: entries[0] ? kind.name(entries[0]) : "" }), "good", { label: t("undo"), run: () => restore.mutate(entries) });
    },
    onError: (fault) => say(words(fault), "bad"),
    onSettled: stale,
  });
  const onRemove = (entries: E[]) => (entries.length > 1 ? setAsking(entries) : remove.mutate(entries));
  const toggle = (id: string) => setPicked((now) => (now.has(id) ? new Set([...now].filter((one) => one !== id)) : new Set([...now, id])));
  const { cursor, place } = useEntryKeys({ rows, onOpen: (open) => onSearch({ open }), onRemove: (id) => onRemove(rows.filter((row) => row.id === id)), onSelect: toggle });
  const narrowed = Boolean(search.q ?? search.list ?? search.target);
  const reachable = rows.some(({ id }) => id === cursor) ? cursor : rows[0]?.id;

  return (
    <div className={styles.entries}>
      <div className={styles.tools}>
        <SearchBox key={search.q ?? ""} value={search.q ?? ""} label={t(`entries.${kind.noun}.search`)} onChange={(q) => onSearch({ q: q || undefined })} />
        <NativeSelect aria-label={t("entries.list")} value={search.list ?? ""} data={[{ value: "", label: t(kind.lists ? `entries.${kind.noun}.both` : "entries.both") }, ...named]} onChange={(event) => onSearch({ list: (event.currentTarget.value || undefined) as EntriesSearch["list"] })} />
        {filters}
        <span style={{ flex: 1 }} />
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => onSearch({ open: "new" })}>{t(`entries.${kind.noun}.add`)}</Button>
        <Button variant="default" leftSection={<Icon name="upload" size={16} />} onClick={() => onSearch({ open: "import" })}>{t("entries.import")}</Button>
      </div>
      {selected.length > 0 ? (
        <div className={styles.bulk} role="status">
          <b>{t("quarantine.selected", { count: selected.length })}</b>
          <Button size="compact-sm" color="red.9" leftSection={<Icon name="trash" size={15} />} loading={remove.isPending} onClick={() => onRemove(selected)}>{t(`entries.${kind.noun}.remove`, { count: selected.length })}</Button>
          <Button size="compact-sm" variant="default" onClick={() => setPicked(new Set())}>{t("entries.unselect")}</Button>
        </div>
      ) : null}
      {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={5} height={38} /> : null}
      {data && rows.length === 0 ? (
        narrowed
          ? <Empty icon="search" title={t("entries.no_match")}><p>{t("entries.no_match_why")}</p><Button variant="default" mt="xs" onClick={() => onSearch({ q: undefined, list: undefined, target: undefined })}>{t("entries.all")}</Button></Empty>
          : <Empty icon="plus" title={t(`entries.${kind.noun}.empty`)}><p>{t(`entries.${kind.noun}.empty_why`)}</p></Empty>
      ) : null}
      {rows.length > 0 ? (
        <table role="grid" aria-label={t(`entries.${kind.noun}.label`)} className={styles.table}>
          <thead>
            <tr role="row">
              <th role="columnheader" scope="col" className={styles.pick}>
                <Checkbox size="xs" aria-label={t("entries.select_all")} checked={selected.length === rows.length} indeterminate={selected.length > 0 && selected.length < rows.length} onChange={(event) => setPicked(event.currentTarget.checked ? new Set(rows.map(({ id }) => id)) : new Set())} />
              </th>
              {kind.columns.map(({ key, label, sort }) => <Heading key={key} label={label} sort={sort} now={search.sort} onSort={(by) => onSearch({ sort: by })} />)}
              <th role="columnheader" scope="col"><span className="hidden">{t("entries.actions")}</span></th>
            </tr>
          </thead>
          <tbody>
            {rows.map((entry) => <EntryRow key={entry.id} {...{ entry, kind }} reachable={entry.id === reachable} selected={picked.has(entry.id)} onSelect={() => toggle(entry.id)} onOpen={() => { place(entry.id); onSearch({ open: entry.id }); }} onRemove={() => onRemove([entry])} />)}
          </tbody>
        </table>
      ) : null}
      <div className={styles.foot}>
        <span className="quiet" role="status">{data ? t(hasNextPage ? "entries.shown_more" : "entries.shown", { count: rows.length }) : ""}</span>
        {hasNextPage ? <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("list.more")}</Button> : null}
        <span style={{ flex: 1 }} />
        {lists.filter((list) => !search.list || search.list === list).map((list) => <a key={list} href={kind.exportHref(list)} download><Icon name="download" size={14} />{t(`entries.export_${list}`)}</a>)}
      </div>
      <EntryDialog kind={kind} rows={rows} open={search.open} list={search.list} loaded={data !== undefined} onClose={() => onSearch({ open: undefined })} onDone={stale} />
      <ImportDialog
        opened={search.open === "import"}
        title={t(`entries.${kind.noun}.import`)}
        help={t(`entries.${kind.noun}.csv_help`)}
        example={kind.example}
        lists={{ label: t("entries.list"), data: named, first: search.list ?? kind.blank.list }}
        bring={(list, order) => kind.bring({ list: list as E["list"], ...order })}
        onClose={() => onSearch({ open: undefined })}
        onDone={stale}
      />
      <RemoveDialog kind={kind} entries={asking} busy={remove.isPending} onClose={() => setAsking([])} onRemove={() => remove.mutate(asking)} />
    </div>
  );
}

/** The address follows when the typing rests. */
function SearchBox({ value, label, onChange }: { value: string; label: string; onChange: (q: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed.trim()), 350);
    return () => clearTimeout(timer);
  });
  return <TextInput data-search-box type="search" className={styles.search} leftSection={<Icon name="search" size={15} />} aria-label={label} placeholder={label} value={typed} maxLength={100} onChange={(event) => setTyped(event.currentTarget.value)} onKeyDown={(event) => { if (event.key === "Enter") onChange(typed.trim()); }} />;
}

function Heading({ label, sort, now, onSort }: { label: string; sort?: string; now?: string; onSort: (sort: string | undefined) => void }) {
  if (!sort) return <th role="columnheader" scope="col">{label}</th>;
  const direction = now === sort ? "ascending" : now === `-${sort}` ? "descending" : "none";
  const next = { none: sort, ascending: `-${sort}`, descending: undefined }[direction];
  return (
    <th role="columnheader" scope="col" aria-sort={direction}>
      <button type="button" className={styles.sort} onClick={() => onSort(next)}>{label}<span aria-hidden="true">{{ none: "", ascending: " ↑", descending: " ↓" }[direction]}</span></button>
    </th>
  );
}

function words(error: unknown): string {
  return error instanceof Fault ? (error.problem.detail ?? error.message) : String(error);
}
