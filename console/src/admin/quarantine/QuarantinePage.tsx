// SPDX-License-Identifier: Apache-2.0
/** What is held: look, release or delete, one by one or all that match. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { Fault } from "@/shared/api/client";
import { quarantine } from "@/shared/api/queries";
import { MessageList } from "@/shared/list/MessageList";
import { useListKeys } from "@/shared/list/useListKeys";
import { MessagePane } from "@/shared/message/MessagePane";
import { ActionDialog, useActionDialog } from "@/shared/quarantine/ActionDialog";
import { QueryBar } from "@/shared/query/QueryBar";
import { useShortcuts } from "@/shared/state/keys";
import { Split } from "@/shared/ui/Split";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { useMoment } from "@/shared/ui/Time";
import { useTitle } from "@/shared/ui/useTitle";

import { hrefOf } from "../messages/address";
import styles from "../messages/messages.module.css";
import { BulkBar } from "./BulkBar";
import { useSelection } from "./selection";

export function QuarantinePage() {
  const { t } = useTranslation();
  useTitle(t("place.quarantine"));
  const { q = "", open, tab } = useSearch({ from: "/inside/quarantine" });
  const navigate = useNavigate({ from: "/quarantine" });
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(quarantine(q));
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const moment = useMoment();
  const selection = useSelection(q, rows);
  const dialog = useActionDialog(selection.clear);
  const load = useCallback(() => void fetchNextPage(), [fetchNextPage]);

  const onOpen = (id: string) => {
    place(id);
    void navigate({ search: (now) => ({ ...now, open: id }), replace: open !== undefined });
  };
  const onClose = () => void navigate({ search: (now) => ({ ...now, open: undefined, tab: undefined }) });
  const { cursor, place } = useListKeys({ rows, open, onOpen: (id) => onOpen(id), onClose, onSelect: (id) => selection.toggle(id, false) });
  const act = (action: "release" | "delete") => {
    if (selection.size > 0) return dialog.ask({ action, selection: selection.order() });
    const about = rows.find(({ id }) => id === cursor);
    if (about && !open) dialog.ask({ action, selection: { ids: [about.id] }, about });
  };
  useShortcuts(selection.size > 0 || !open ? { r: () => act("release"), d: () => act("delete") } : {});
  const isFault = error instanceof Fault && error.problem.status === 400;

  const list = (
    <>
      <div className={styles.search}>
        <h1 className="hidden">{t("place.quarantine")}</h1>
        <QueryBar
          value={q}
          error={error}
          quick={[
            { term: "verdict:phishing,bec", label: t("quick.deceit") },
            { term: "verdict:spam,graymail", label: t("quick.nuisance") },
            { term: "verdict:malware", label: t("verdict.malware") },
            { term: "last:24h", label: t("quick.day") },
          ]}
          onChange={(next) => void navigate({ search: (now) => ({ ...now, q: next || undefined }) })}
        />
      </div>
      {rows.length > 0 && !isFault ? <BulkBar selection={selection} shown={rows.length} complete={!hasNextPage} onAct={act} /> : null}
      <div className={styles.scroller}>
        {error && !isFault && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
        {!data && !error ? <Waiting rows={12} /> : null}
        {data && rows.length === 0 ? (
          <Empty icon="quarantine" title={t(q ? "messages.no_match" : "quarantine.empty")}>
            <p>{t(q ? "messages.no_match_why" : "quarantine.empty_why")}</p>
            <p>{q ? <Link to="/quarantine">{t("quarantine.all")}</Link> : <Link to="/messages">{t("quarantine.to_messages")}</Link>}</p>
          </Empty>
        ) : null}
        {rows.length > 0 && !isFault ? (
          <MessageList
            label={t("place.quarantine")}
            rows={rows}
            open={open}
            cursor={cursor}
            onOpen={onOpen}
            href={hrefOf}
            selection={selection}
            lastColumn={{
              label: t("quarantine.until"),
              cell: (row) => {
                const until = rows.find(({ id }) => id === row.id)?.expires_at;
                return <span className="quiet num" title={until ?? undefined}>{until ? t("quarantine.until_day", { day: moment(until, "day") }) : t("quarantine.no_end")}</span>;
              },
            }}
            more={{ available: hasNextPage, busy: isFetchingNextPage, load }}
          />
        ) : null}
      </div>
      <ActionDialog state={dialog} />
    </>
  );
  const pane = open ? (
    <MessagePane
      key={open}
      id={open}
      tab={tab}
      onTab={(name) => void navigate({ search: (now) => ({ ...now, tab: name === "why" ? undefined : name }), replace: true })}
      onClose={onClose}
      fullHref={hrefOf(open)}
      onOpen={onOpen}
    />
  ) : null;
  return <Split list={list} pane={pane} />;
}
