// SPDX-License-Identifier: Apache-2.0
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { CheckedRecord } from "@/shared/dns/CheckedRecord";
import styles from "@/shared/entries/entries.module.css";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Empty, Failure, Waiting } from "@/shared/ui/states";

import { spf } from "./queries";

/** How each domain sends: how many servers may, and whether its SPF record names this gateway. */
export function Domains({ domains }: { domains: Schemas["SendingDomain"][] }) {
  const { t } = useTranslation();
  if (domains.length === 0) return <Empty icon="domains" title={t("outbound.no_domains")} />;
  return (
    <ul style={{ listStyle: "none", margin: 0, padding: 0, display: "grid", gap: 16 }}>
      {domains.map((domain) => (
        <li key={domain.name} style={{ display: "grid", gap: 8 }}>
          <div className={styles.tools}>
            <b className="mono"><Foreign>{domain.name}</Foreign></b>
            <span className="quiet">{t("outbound.count", { count: domain.servers })}</span>
            {domain.verified ? null : <span className="badge" style={{ "--tone": "var(--v-spam)" } as React.CSSProperties}><Icon name="warning" size={14} /> {t("outbound.unverified")}</span>}
          </div>
          {domain.servers > 0 ? <Spf name={domain.name} /> : null}
        </li>
      ))}
    </ul>
  );
}

function Spf({ name }: { name: string }) {
  const { t } = useTranslation();
  const { data, error, refetch, isFetching } = useQuery(spf(name));
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Waiting rows={1} height={96} />;
  if (data === null) return null;
  const again = <Button variant="default" size="compact-sm" loading={isFetching} leftSection={<Icon name="refresh" size={14} />} onClick={() => void refetch()} aria-label={t("outbound.ask_again_for", { domain: name })}>{t("outbound.ask_again")}</Button>;
  return <CheckedRecord check={data}>{again}</CheckedRecord>;
}
