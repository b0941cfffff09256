// SPDX-License-Identifier: Apache-2.0
/** A look at the mail that cannot do harm: a frame without script, origin or network, or its plain sources. */
import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { preview } from "@/shared/api/queries";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Empty, Failure, Waiting } from "@/shared/ui/states";

import styles from "./message.module.css";

type Face = "rendered" | "text" | "source" | "tree";

export function PreviewTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(preview(id));
  const [chosen, setChosen] = useState<Face>();
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={1} height={320} />;
  const face = chosen ?? (data.url ? "rendered" : "text");
  return (
    <div className={styles.body}>
      <SegmentedControl
        size="xs"
        aria-label={t("preview.face")}
        value={face}
        onChange={(value) => setChosen(value as Face)}
        data={(["rendered", "text", "source", "tree"] as const).map((value) => ({ value, label: t(`preview.${value}`) }))}
        style={{ alignSelf: "start" }}
      />
      {data.blocked_images > 0 && face === "rendered" ? (
        <p className={styles.note}><Icon name="info" size={15} /> {t("preview.blocked", { count: data.blocked_images })}</p>
      ) : null}
      <Shown data={data} face={face} />
    </div>
  );
}

function Shown({ data, face }: { data: Omit<Schemas["Preview"], "headers">; face: Face }) {
  const { t } = useTranslation();
  const { bytes } = useNumbers();
  if (face === "rendered") {
    if (!data.url) return <Empty icon="messages" title={t("preview.no_html")}>{data.why}</Empty>;
    return <iframe className={styles.frame} title={t("preview.frame")} src={data.url} sandbox="" referrerPolicy="no-referrer" />;
  }
  if (face === "tree") {
    return (
      <ul className={styles.tree}>
        {data.tree.map(({ path, type, name, size }) => (
          <li key={path} style={{ paddingInlineStart: `${path.split(".").length * 18 - 10}px` }}>
            <span className="quiet mono">{path}</span> <Foreign mono>{type}</Foreign> {name ? <Foreign>{name}</Foreign> : null} <span className="quiet num">{bytes(size)}</span>
          </li>
        ))}
      </ul>
    );
  }
  const text = face === "text" ? data.text : data.source;
  if (!text) return <Empty icon="messages" title={t("preview.nothing")} />;
  return <pre className={styles.source} tabIndex={0} aria-label={t(`preview.${face}`)}><Foreign mono={face === "source"}>{text}</Foreign></pre>; // eslint-disable-line jsx-a11y/no-noninteractive-tabindex
}
