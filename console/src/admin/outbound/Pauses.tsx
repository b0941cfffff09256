// SPDX-License-Identifier: Apache-2.0
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api, take } from "@/shared/api/client";
import styles from "@/shared/entries/entries.module.css";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";
import { say } from "@/shared/ui/toasts";

import { type Pause, pauses, words } from "./queries";

/** Senders who are asked to wait, why, and the button that ends it; those who were, below. */
export function Pauses() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(pauses);
  const lift = useMutation({
    mutationFn: ({ id }: Pause) => take(api.POST("/api/v1/outbound/pauses/{id}/lift", { params: { path: { id } } })),
    onSuccess: ({ sender }) => say(t("outbound.lifted", { sender })),
    onError: (fault) => say(words(fault, t("failure.unreachable")), "bad"),
    onSettled: () => void client.invalidateQueries({ queryKey: pauses.queryKey }),
  });
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={1} height={38} />;
  const held = data.items.filter(({ lifted_at }) => lifted_at === null);
  const past = data.items.filter(({ lifted_at }) => lifted_at !== null);
  return (
    <div className={styles.entries}>
      {held.length === 0 ? <Empty icon="check" title={t("outbound.nobody_paused")}><p>{t("outbound.nobody_paused_why")}</p></Empty> : null}
      {held.length > 0 ? (
        <table className={styles.table} aria-label={t("outbound.pauses")}>
          <thead><tr>{(["sender", "why", "since", "until"] as const).map((column) => <th key={column} scope="col">{t(`outbound.${column}`)}</th>)}<th scope="col"><span className="hidden">{t("entries.actions")}</span></th></tr></thead>
          <tbody>
            {held.map((pause) => (
              <tr key={pause.id}>
                <td data-label={t("outbound.sender")}>
                  <Link to="/messages" search={{ q: `sender:${pause.sender} direction:out` }}><Foreign mono>{pause.sender}</Foreign></Link>
                </td>
                <td data-label={t("outbound.why")}>
                  <span className="badge" style={{ "--tone": "var(--v-phishing)" } as React.CSSProperties}><Icon name="warning" size={14} /> {t(`outbound.reason_${pause.reason}`)}</span>
                  <div className="quiet">{pause.why}</div>
                </td>
                <td data-label={t("outbound.since")}><Time at={pause.paused_at} form="short" /></td>
                <td data-label={t("outbound.until")}>{pause.until ? <Time at={pause.until} form="short" /> : <span className="quiet">{t("outbound.until_lifted")}</span>}</td>
                <td className={styles.rowActions}>
                  <Button variant="default" size="compact-md" loading={lift.isPending && lift.variables.id === pause.id} onClick={() => lift.mutate(pause)} aria-label={t("outbound.lift_name", { sender: pause.sender })}>{t("outbound.lift")}</Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {past.length > 0 ? (
        <details>
          <summary>{t("outbound.past", { count: past.length })}</summary>
          <ul style={{ margin: "8px 0 0", paddingInlineStart: 20, display: "grid", gap: 6 }}>
            {past.map((pause) => (
              <li key={pause.id}>
                <Foreign mono>{pause.sender}</Foreign>: {pause.why} <span className="quiet"><Time at={pause.paused_at} form="short" />, {pause.lifted_by ? t("outbound.lifted_by", { who: pause.lifted_by }) : t("outbound.ended")}</span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}
