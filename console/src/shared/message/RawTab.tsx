// SPDX-License-Identifier: Apache-2.0
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { raw } from "@/shared/api/queries";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Empty, Failure, Waiting } from "@/shared/ui/states";

import styles from "./message.module.css";

/** More than this is downloaded, not shown, so that the page stays quick. */
const MOST_SHOWN = 200_000;

export function RawTab({ id, available }: { id: string; available: boolean }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ ...raw(id), enabled: available });
  if (!available) return <Empty icon="trash" title={t("raw.gone")}>{t("raw.gone_why")}</Empty>;
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Waiting rows={1} height={280} />;
  return (
    <div className={styles.body}>
      <Button component="a" href={`/api/v1/messages/${id}/raw`} download={`${id}.eml`} variant="default" size="compact-sm" fz="sm" leftSection={<Icon name="download" size={16} />} style={{ alignSelf: "start" }}>
        {t("raw.download")}
      </Button>
      {data.length > MOST_SHOWN ? <p className="quiet">{t("raw.cut", { count: Math.round(MOST_SHOWN / 1000) })}</p> : null}
      <pre className={styles.source} tabIndex={0} aria-label={t("tab.raw")}><Foreign mono>{data.slice(0, MOST_SHOWN).replaceAll("\r\n", "\n")}</Foreign></pre>{/* eslint-disable-line jsx-a11y/no-noninteractive-tabindex */}
    </div>
  );
}
