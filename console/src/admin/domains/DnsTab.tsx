// SPDX-License-Identifier: Apache-2.0
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { CheckedRecord } from "@/shared/dns/CheckedRecord";
import { Icon } from "@/shared/ui/Icon";
import { Section } from "@/shared/ui/Page";
import { Failure, Waiting } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";

import styles from "./domains.module.css";
import { dns } from "./queries";

const WORST_FIRST = ["wrong", "missing", "warning", "unknown", "ok"];

/** Every record that mail of the domain depends on, as it is at this moment. */
export function DnsTab({ name }: { name: string }) {
  const { t } = useTranslation();
  const { data, error, refetch, isFetching } = useQuery(dns(name));
  const checks = [...(data?.checks ?? [])].sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state));
  const open = checks.filter(({ state }) => state !== "ok" && state !== "unknown").length;
  return (
    <Section title={t("domains.tab.dns")} lead={data ? <>{t(open === 0 ? "domains.dns_good" : "domains.dns_open", { count: open })} {t("domains.looked_at")} <Time at={data.at} />.</> : t("domains.dns_lead")} actions={<Button variant="default" leftSection={<Icon name="refresh" size={15} />} loading={isFetching} onClick={() => void refetch()}>{t("domains.look_now")}</Button>}>
      <div className={styles.form}>
        {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
        {!data && !error ? <Waiting rows={4} height={110} /> : null}
        {checks.map((check) => <CheckedRecord key={`${check.kind} ${check.record_type} ${check.name}`} check={check} />)}
      </div>
    </Section>
  );
}
