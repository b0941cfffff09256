// SPDX-License-Identifier: Apache-2.0
/** The waiting mails, the oldest first; by hand or all that match. */
import { Button, Checkbox } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { Fault } from "@/shared/api/client";
import styles from "@/shared/entries/entries.module.css";
import { useListKeys } from "@/shared/list/useListKeys";
import { QueryBar } from "@/shared/query/QueryBar";
import { useShortcuts } from "@/shared/state/keys";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Empty, Failure, Waiting } from "@/shared/ui/states";

import { type Selection, useSelection } from "../quarantine/selection";
import own from "./queue.module.css";
import { asQuery, type Order, queueCopies, type QueueRow, type QueueSearch } from "./queries";
import { useSpans } from "./spans";

interface Props {
  search: QueueSearch;
  onSearch: (q: string) => void;
  ask: (order: Order, onDone?: () => void) => void;
}

export function Copies({ search, onSearch, ask }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(queueCopies(search));
  const rows = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  const selection = useSelection(asQuery(search), rows);
  const { cursor } = useListKeys({ rows, onOpen: (id) => void navigate({ to: "/messages/$id", params: { id }, search: {} }), onClose: () => undefined, onSelect: (id) => selection.toggle(id, false) });
  const act = (action: Order["action"]) => {
    if (selection.size > 0) ask({ action, selection: selection.order(), dry_run: false }, selection.clear);
  };
  useShortcuts(selection.size > 0 ? { r: () => act("retry"), d: () => act("delete") } : {});
  const isFault = error instanceof Fault && error.problem.status === 400;
  return (
    <div className={styles.entries}>
      <QueryBar value={search.q ?? ""} error={error} onChange={onSearch} quick={[{ term: "direction:out", label: t("queue.only_outward") }]} />
      {error && !isFault && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={4} /> : null}
      {data && rows.length === 0 ? <Empty icon="check" title={t("queue.nothing_here")}><p>{t("queue.nothing_here_why")}</p></Empty> : null}
      {rows.length > 0 && !isFault ? (
        <>
          <Bar selection={selection} shown={rows.length} complete={!hasNextPage} act={act} />
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col" className={styles.pick}><span className="hidden">{t("queue.select")}</span></th>
                <th scope="col">{t("queue.mail")}</th>
                <th scope="col">{t("queue.came")}</th>
                <th scope="col" className={own.number}>{t("queue.attempts")}</th>
                <th scope="col">{t("queue.next_try")}</th>
              </tr>
            </thead>
            <tbody>{rows.map((row) => <CopyRow key={row.id} row={row} selection={selection} atCursor={row.id === cursor} />)}</tbody>
          </table>
          {hasNextPage ? <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("queue.more")}</Button> : null}
        </>
      ) : null}
    </div>
  );
}

function CopyRow({ row, selection, atCursor }: { row: QueueRow; selection: Selection; atCursor: boolean }) {
  const { t } = useTranslation();
  const { since, until } = useSpans();
  return (
    <tr data-row={row.id} tabIndex={atCursor ? 0 : -1} aria-selected={selection.has(row.id)}>
      <td className={styles.pick}>
        <Checkbox size="xs" aria-label={t("queue.select_mail", { name: row.recipient })} checked={selection.has(row.id)} onChange={(event) => selection.toggle(row.id, (event.nativeEvent as MouseEvent).shiftKey)} />
      </td>
      <td className={own.wide}>
        <Link to="/messages/$id" params={{ id: row.id }} search={{}}><Foreign>{row.subject || t("list.no_subject")}</Foreign></Link>
        <div className="quiet"><Foreign>{row.sender || t("list.null_sender")}</Foreign> → <Foreign>{row.recipient}</Foreign></div>
        {row.last_reply ? <div className={own.reply}><Foreign>{row.last_reply}</Foreign></div> : null}
      </td>
      <td className={`num ${own.labelled}`} data-label={t("queue.came")}>{since(row.received_at)}</td>
      <td className={`${own.number} num`} data-label={t("queue.attempts")}>{row.attempts}</td>
      <td className={`num ${own.labelled}`} data-label={t("queue.next_try")}>{row.under_way ? t("queue.is_under_way") : until(row.due_at, t("queue.in_turn"))}</td>
    </tr>
  );
}

function Bar({ selection, shown, complete, act }: { selection: Selection; shown: number; complete: boolean; act: (action: Order["action"]) => void }) {
  const { t } = useTranslation();
  const { size, everything, clear, allShown, allMatching } = selection;
  const all = everything || size === shown;
  return (
    <div className={size > 0 ? styles.bulk : own.bar}>
      <Checkbox size="xs" checked={all && size > 0} indeterminate={size > 0 && !all} label={t("quarantine.select_shown")} onChange={() => (size > 0 ? clear() : allShown())} />
      <span role="status">{everything ? t("quarantine.everything") : size > 0 ? t("quarantine.selected", { count: size }) : ""}</span>
      {size > 0 && all && !everything && !complete ? <Button size="compact-sm" variant="subtle" onClick={allMatching}>{t("quarantine.select_all")}</Button> : null}
      {size > 0 ? (
        <span className={own.buttons}>
          <Button size="compact-sm" leftSection={<Icon name="refresh" size={14} />} onClick={() => act("retry")}>{t("queue.retry")}</Button>
          <Button size="compact-sm" variant="default" leftSection={<Icon name="back" size={14} />} onClick={() => act("bounce")}>{t("queue.bounce")}</Button>
          <Button size="compact-sm" variant="default" leftSection={<Icon name="trash" size={14} />} onClick={() => act("delete")}>{t("action.delete")}</Button>
        </span>
      ) : null}
    </div>
  );
}
