// SPDX-License-Identifier: Apache-2.0
/**
 * The one list of mails. Its columns fold with the width of the list itself, so it never scrolls sideways.
 * A row is focusable; the subject is a true link, for whoever wants a second tab.
 */
import { Checkbox } from "@mantine/core";
import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Row } from "@/shared/api/client";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Time, useZoneName } from "@/shared/ui/Time";
import { StatusWord, VerdictBadge } from "@/shared/ui/Verdict";

import styles from "./list.module.css";

interface Props {
  label: string;
  rows: readonly Row[];
  open?: string;
  cursor?: string;
  onOpen: (id: string) => void;
  href: (id: string) => string;
  selection?: { has: (id: string) => boolean; toggle: (id: string, range: boolean) => void };
  lastColumn?: { label: string; cell: (row: Row) => ReactNode };
  more?: { available: boolean; busy: boolean; load: () => void };
}

export function MessageList({ label, rows, open, cursor, onOpen, href, selection, lastColumn, more }: Props) {
  const { t } = useTranslation();
  const zone = useZoneName();
  const reachable = cursor && rows.some(({ id }) => id === cursor) ? cursor : rows[0]?.id;
  return (
    <div role="grid" aria-label={label} aria-rowcount={-1} className={styles.grid} data-select={selection ? true : undefined}>
      <div role="row" className={styles.head}>
        {selection ? <span role="columnheader" className={styles.pick}><span className="hidden">{t("list.select")}</span></span> : null}
        <span role="columnheader" className={styles.verdict}>{t("list.verdict")}</span>
        <span role="columnheader" className={styles.score}>{t("list.score")}</span>
        <span role="columnheader" className={styles.sender}>{t("list.sender")}</span>
        <span role="columnheader" className={styles.subject}>{t("list.subject")}</span>
        <span role="columnheader" className={styles.recipient}>{t("list.recipient")}</span>
        <span role="columnheader" className={styles.status}>{lastColumn ? lastColumn.label : t("list.status")}</span>
        <span role="columnheader" className={styles.time}>{t("list.time", { zone })}</span>
      </div>
      {rows.map((row) => (
        <ListRow
          key={row.id}
          row={row}
          isOpen={row.id === open}
          isCursor={row.id === cursor}
          reachable={row.id === reachable}
          {...{ onOpen, href, selection, lastColumn }}
        />
      ))}
      {more?.available ? <More {...more} /> : null}
    </div>
  );
}

type RowProps = Pick<Props, "onOpen" | "href" | "selection" | "lastColumn"> & {
  row: Row;
  isOpen: boolean;
  isCursor: boolean;
  reachable: boolean;
};

function ListRow({ row, isOpen, isCursor, reachable, onOpen, href, selection, lastColumn }: RowProps) {
  const { t } = useTranslation();
  const { points } = useNumbers();
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isCursor) element.current?.scrollIntoView({ block: "nearest" });
  }, [isCursor]);
  const selected = selection?.has(row.id) ?? false;
  return (
    // Keys are the page's: j, k, x and Enter, see useListKeys.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      ref={element}
      role="row"
      data-row={row.id}
      tabIndex={reachable ? 0 : -1}
      aria-selected={selection ? selected : undefined}
      aria-current={isOpen || undefined}
      className={styles.row}
      data-open={isOpen || undefined}
      data-cursor={isCursor || undefined}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest("a, input, label")) return;
        onOpen(row.id);
      }}
    >
      {selection ? (
        <span role="gridcell" className={styles.pick}>
          <span className={styles.target}>
            <Checkbox
              size="xs"
              tabIndex={-1}
              checked={selected}
              aria-label={t("list.select_row", { sender: row.sender || t("list.null_sender"), subject: row.subject || t("list.no_subject") })}
              onChange={(event) => selection.toggle(row.id, (event.nativeEvent as MouseEvent).shiftKey)}
            />
          </span>
        </span>
      ) : null}
      <span role="gridcell" className={styles.verdict}><VerdictBadge verdict={row.verdict} /></span>
      <span role="gridcell" className={`${styles.score} num`}>{points(row.score)}</span>
      <span role="gridcell" className={`${styles.sender} cut`} title={row.header_from}>
        {row.sender ? <Foreign>{row.sender}</Foreign> : <i className="quiet">{t("list.null_sender")}</i>}
      </span>
      <span role="gridcell" className={`${styles.subject} cut`}>
        {row.direction === "out" ? <span className={styles.sign} title={t("list.out")}><Icon name="outbound" size={13} /><span className="hidden">{t("list.out")}</span></span> : null}
        <a
          href={href(row.id)}
          tabIndex={-1}
          className={styles.link}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            onOpen(row.id);
          }}
        >
          {row.subject ? <Foreign>{row.subject}</Foreign> : <i className="quiet">{t("list.no_subject")}</i>}
        </a>
        {row.attachments > 0 ? <span className={styles.sign} title={t("list.attachments", { count: row.attachments })}><Icon name="clip" size={13} /><span className="hidden">{t("list.attachments", { count: row.attachments })}</span></span> : null}
        {row.top_reason && row.verdict !== "clean" ? <span className={styles.reason}>{row.top_reason}</span> : null}
      </span>
      <span role="gridcell" className={`${styles.recipient} cut quiet`}><Foreign>{row.recipient}</Foreign></span>
      <span role="gridcell" className={styles.status}>{lastColumn ? lastColumn.cell(row) : <StatusWord status={row.status} />}</span>
      <span role="gridcell" className={styles.time}><Time at={row.received_at} form="list" /></span>
    </div>
  );
}

function More({ busy, load }: { busy: boolean; load: () => void }) {
  const { t } = useTranslation();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!button.current || typeof IntersectionObserver === "undefined") return;
    const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && load(), { rootMargin: "400px" });
    watch.observe(button.current);
    return () => watch.disconnect();
  }, [load]);
  return (
    <div role="row" className={styles.more}>
      <span role="gridcell">
        <button ref={button} type="button" onClick={load} disabled={busy}>
          {busy ? t("waiting") : t("list.more")}
        </button>
      </span>
    </div>
  );
}
