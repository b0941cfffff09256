// SPDX-License-Identifier: Apache-2.0
/** The DNS records of a policy: what should stand there, and what does. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { RecordCard, type RecordState } from "@/shared/dns/RecordCard";
import { Icon } from "@/shared/ui/Icon";
import { Failure, Waiting } from "@/shared/ui/states";

import { records } from "./queries";

const STATES: Record<Schemas["DnsState"], RecordState> = { ok: "ok", warning: "differs", wrong: "differs", missing: "missing", unknown: "unknown" };

export function Records({ domain }: { domain: string }) {
  const { t } = useTranslation();
  const { data, error, refetch, isFetching } = useQuery(records(domain));
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={2} height={80} />;
  return (
    <div style={{ display: "grid", gap: 10 }}>
      {data.map((check) => <RecordCard key={check.kind} type={check.record_type} name={check.name} expected={check.expected?.[0] ?? ""} found={check.found ?? []} state={STATES[check.state]} why={check.why} note={check.advice} />)}
      <div><Button variant="default" size="compact-sm" leftSection={<Icon name="refresh" size={15} />} loading={isFetching} onClick={() => void refetch()}>{t("tls.look_again")}</Button></div>
    </div>
  );
}
