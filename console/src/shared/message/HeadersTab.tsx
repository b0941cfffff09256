// SPDX-License-Identifier: Apache-2.0
import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { preview } from "@/shared/api/queries";
import { Foreign } from "@/shared/ui/Foreign";
import { Empty, Failure, Waiting } from "@/shared/ui/states";

import styles from "./message.module.css";

/** The header fields in the order of the mail, the newest trace first, with a filter. */
export function HeadersTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(preview(id));
  const [wanted, setWanted] = useState("");
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={6} height={28} />;
  const needle = wanted.toLowerCase();
  const fields = data.headers.filter((field) => field.some((text) => text.toLowerCase().includes(needle)));
  return (
    <div className={styles.body}>
      <TextInput size="xs" aria-label={t("headers.filter")} placeholder={t("headers.filter")} value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} />
      {fields.length === 0 ? <Empty icon="search" title={t("headers.none")} /> : null}
      <dl className={styles.headers}>
        {fields.map(([name = "", value = ""], index) => (
          <div key={index}><dt><Foreign mono>{name}</Foreign></dt><dd><Foreign mono>{value}</Foreign></dd></div>
        ))}
      </dl>
    </div>
  );
}
