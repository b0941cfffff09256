// SPDX-License-Identifier: Apache-2.0
/** Mail tracking: search, watch mails arrive, and read one beside the list. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";

import { Fault } from "@/shared/api/client";
import { messages } from "@/shared/api/queries";
import { useArrivals } from "@/shared/list/arrivals";
import { MessageList } from "@/shared/list/MessageList";
import { useListKeys } from "@/shared/list/useListKeys";
import { MessagePane } from "@/shared/message/MessagePane";
import { QueryBar } from "@/shared/query/QueryBar";
import { Split } from "@/shared/ui/Split";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { useTitle } from "@/shared/ui/useTitle";

import { hrefOf } from "./address";
import styles from "./messages.module.css";

export function MessagesPage() {
  const { t } = useTranslation();
  useTitle(t("place.messages"));
  const { q = "", open, tab } = useSearch({ from: "/inside/messages" });
  const navigate = useNavigate({ from: "/messages" });
  const scroller = useRef<HTMLDivElement>(null);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(messages(q));
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const { waiting, show } = useArrivals(q, () => (scroller.current?.scrollTop ?? 0) < 24);

  const onOpen = (id: string) => {
    place(id);
    void navigate({ search: (now) => ({ ...now, open: id }), replace: open !== undefined });
  };
  const onClose = () => void navigate({ search: (now) => ({ ...now, open: undefined, tab: undefined }) });
  const { cursor, place } = useListKeys({ rows, open, onOpen: (id) => onOpen(id), onClose });
  const load = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const quick = [
    { term: "-verdict:clean", label: t("quick.caught") },
    { term: "status:quarantined", label: t("quick.held") },
    { term: "has:attachment", label: t("quick.attachment") },
    { term: "last:24h", label: t("quick.day") },
  ];
  const isFault = error instanceof Fault && error.problem.status === 400;

  const list = (
    <>
      <div className={styles.search}>
        <h1 className="hidden">{t("place.messages")}</h1>
        <QueryBar value={q} error={error} quick={quick} onChange={(next) => void navigate({ search: (now) => ({ ...now, q: next || undefined }) })} />
      </div>
      <div className={styles.news} role="status">
        {waiting > 0 ? (
          <button type="button" onClick={() => { show(); scroller.current?.scrollTo({ top: 0 }); }}>↑ {t("messages.new", { count: waiting })}</button>
        ) : null}
      </div>
      <div ref={scroller} className={styles.scroller}>
        {error && !isFault && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
        {!data && !error ? <Waiting rows={12} /> : null}
        {data && rows.length === 0 ? (
          q ? (
            <Empty icon="search" title={t("messages.no_match")}>
              <p>{t("messages.no_match_why")}</p>
              <p><Link to="/messages">{t("messages.all")}</Link></p>
            </Empty>
          ) : (
            <Empty icon="messages" title={t("messages.first")}>
              <p>{t("messages.first_why")}</p>
              <p><Link to="/try">{t("overview.empty_next")}</Link></p>
            </Empty>
          )
        ) : null}
        {rows.length > 0 && !isFault ? (
          <MessageList label={t("place.messages")} rows={rows} open={open} cursor={cursor} onOpen={onOpen} href={hrefOf} more={{ available: hasNextPage, busy: isFetchingNextPage, load }} />
        ) : null}
      </div>
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
