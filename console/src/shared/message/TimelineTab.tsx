// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from "react-i18next";

import type { Message } from "@/shared/api/client";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon, type IconName } from "@/shared/ui/Icon";
import { Empty } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";

import styles from "./message.module.css";

const ICONS: Record<string, IconName> = {
  accepted: "inbound", rejected: "fail", authenticated: "check", scanned: "search", decided: "info", quarantined: "quarantine",
  released: "release", deleted: "trash", deferred: "clock", delivered: "check", bounced: "back", expired: "clock",
  submitted: "inbound", notified: "back", retried: "clock", paused: "clock", resumed: "check", read: "check",
};

/** Every change of state: when, by whom, and with which details. */
export function TimelineTab({ events }: { events: Message["timeline"] }) {
  const { t } = useTranslation();
  if (events.length === 0) return <Empty icon="clock" title={t("timeline.none")} />;
  return (
    <ol className={styles.timeline}>
      {events.map((event, index) => (
        <li key={index}>
          <span className={styles.dot}><Icon name={ICONS[event.kind] ?? "info"} size={14} /></span>
          <div className={styles.event}>
            <div>
              <b>{t(`event.${event.kind}`, event.kind)}</b>{" "}
              {event.actor !== "mailward" ? <span>{t("timeline.by", { actor: event.actor })}</span> : null}
            </div>
            <div className="quiet"><Time at={event.at} form="exact" /></div>
            <Details detail={event.detail} scanned={event.kind === "scanned"} />
          </div>
        </li>
      ))}
    </ol>
  );
}

function Details({ detail, scanned }: { detail: Record<string, unknown>; scanned: boolean }) {
  const facts = Object.entries(detail).filter(([, value]) => written(value) !== "");
  if (facts.length === 0) return null;
  return (
    <dl className={styles.details}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name.replaceAll("_", " ")}</dt>
          <dd><Foreign mono>{written(value) + (scanned && typeof value === "number" ? " ms" : "")}</Foreign></dd>
        </div>
      ))}
    </dl>
  );
}

function written(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "object") {
    return Array.isArray(value) ? value.map(written).join(", ") : Object.entries(value).map(([name, one]) => `${name} ${written(one)}`).join(" · ");
  }
  return typeof value === "number" && !Number.isInteger(value) ? value.toFixed(1) : String(value);
}
