// SPDX-License-Identifier: Apache-2.0
import { Link } from "@tanstack/react-router";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import type { Period } from "@/shared/api/queries";
import { quoted } from "@/shared/query/terms";
import { Foreign } from "@/shared/ui/Foreign";
import { useNumbers } from "@/shared/ui/numbers";

import styles from "./overview.module.css";

interface Line {
  key: string;
  label: ReactNode;
  count: number;
  q: string;
}

export function TopReasons({ items, period }: { items: Schemas["Overview"]["top_reasons"]; period: Period }) {
  const { t } = useTranslation();
  return <TopList title={t("overview.reasons")} none={t("overview.none_caught")} lines={items.map(({ id, text, count }) => ({ key: id, label: text, count, q: `reason:${id} last:${period}` }))} />;
}

export function TopSenders({ items, period }: { items: Schemas["Overview"]["top_senders"]; period: Period }) {
  const { t } = useTranslation();
  return <TopList title={t("overview.senders")} none={t("overview.none_caught")} lines={items.map(({ sender, count }) => ({ key: sender, label: <Foreign>{sender || t("list.null_sender")}</Foreign>, count, q: `from:${quoted(sender)} last:${period}` }))} />;
}

function TopList({ title, none, lines }: { title: string; none: string; lines: readonly Line[] }) {
  const { count } = useNumbers();
  const id = useId();
  const most = Math.max(1, ...lines.map((line) => line.count));
  return (
    <section className={`card ${styles.top10}`} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {lines.length === 0 ? <p className="quiet">{none}</p> : null}
      <ol>
        {lines.map((line) => (
          <li key={line.key}>
            <Link to="/messages" search={{ q: line.q }} className={styles.topLine} style={{ "--share": `${(line.count / most) * 100}%` } as React.CSSProperties}>
              <span className="break">{line.label}</span>
              <b className="num">{count(line.count)}</b>
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}
