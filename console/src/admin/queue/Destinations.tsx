// SPDX-License-Identifier: Apache-2.0
/** Where mail waits to go: how each destination stands, and why. */
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import styles from "@/shared/entries/entries.module.css";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";

import { useSpans } from "./spans";
import own from "./queue.module.css";
import type { Destination } from "./queries";

interface Props {
  rows: readonly Destination[];
  leftOut: number;
  chosen?: string;
  busy: boolean;
  onChoose: (name: string) => void;
  onRetry: (name: string) => void;
  onSteer: (action: "pause" | "resume", name: string) => void;
}

export function Destinations({ rows, leftOut, chosen, busy, onChoose, onRetry, onSteer }: Props) {
  const { t } = useTranslation();
  const { since, until } = useSpans();
  return (
    <div className={styles.entries}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t("queue.destination")}</th>
            <th scope="col" className={own.number}>{t("queue.waiting")}</th>
            <th scope="col">{t("queue.stands")}</th>
            <th scope="col">{t("queue.oldest")}</th>
            <th scope="col">{t("queue.next_try")}</th>
            <th scope="col"><span className="hidden">{t("queue.actions")}</span></th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name} aria-selected={row.name === chosen}>
              <td className={own.wide}>
                <button type="button" className={own.name} aria-pressed={row.name === chosen} onClick={() => onChoose(row.name)}>
                  <Foreign>{row.name}</Foreign>
                </button>
                {row.outward ? <span className="quiet"> {t("queue.outward")}</span> : null}
                {row.last_reply ? <div className={own.reply}><Foreign>{row.last_reply}</Foreign></div> : null}
              </td>
              <td className={own.number} data-label={t("queue.waiting")}>
                <b className="num">{row.waiting}</b>
                {row.under_way ? <div className="quiet">{t("queue.under_way", { count: row.under_way })}</div> : null}
              </td>
              <td>
                <span className={own.state} data-state={row.condition} title={t(`queue.condition_why.${row.condition}`)}>{t(`queue.condition.${row.condition}`)}</span>
                {row.condition === "paused" ? <div className="quiet">{t("queue.by", { actor: row.paused_by })}</div> : null}
                {row.failures > 0 && row.condition !== "paused" ? <div className="quiet">{t("queue.failures", { count: row.failures })}</div> : null}
              </td>
              <td className={`num ${own.labelled}`} data-label={t("queue.oldest")}>{row.oldest_at ? since(row.oldest_at) : ""}</td>
              <td className={`num ${own.labelled}`} data-label={t("queue.next_try")}>{row.next_try_at ? until(row.next_try_at) : row.waiting ? t("queue.not_paused") : ""}</td>
              <td className={styles.rowActions}>
                <span className={own.buttons}>
                  {row.waiting > 0 && row.condition !== "paused" ? (
                    <Button size="compact-sm" variant="default" leftSection={<Icon name="refresh" size={14} />} aria-label={t("queue.retry_of", { name: row.name })} onClick={() => onRetry(row.name)}>{t("queue.retry")}</Button>
                  ) : null}
                  {row.condition === "paused" ? (
                    <Button size="compact-sm" disabled={busy} aria-label={t("queue.resume_of", { name: row.name })} onClick={() => onSteer("resume", row.name)}>{t("queue.resume")}</Button>
                  ) : (
                    <Button size="compact-sm" variant="default" disabled={busy} aria-label={t("queue.pause_of", { name: row.name })} onClick={() => onSteer("pause", row.name)}>{t("queue.pause")}</Button>
                  )}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {leftOut > 0 ? <p className={`${styles.foot} quiet`}>{t("queue.left_out", { count: leftOut })}</p> : null}
    </div>
  );
}
