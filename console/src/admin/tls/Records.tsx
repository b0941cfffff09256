// SPDX-License-Identifier: Apache-2.0
/** The DNS records of a policy: what should stand there, and what does. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { CheckedRecord } from "@/shared/dns/CheckedRecord";
import { Icon } from "@/shared/ui/Icon";
import { Failure, Waiting } from "@/shared/ui/states";

import { records } from "./queries";

export function Records({ domain }: { domain: string }) {
  const { t } = useTranslation();
  const { data, error, refetch, isFetching } = useQuery(records(domain));
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={2} height={80} />;
  return (
    <div style={{ display: "grid", gap: 10 }}>
      {data.map((check) => <CheckedRecord key={check.kind} check={check} />)}
      <div><Button variant="default" size="compact-sm" leftSection={<Icon name="refresh" size={15} />} loading={isFetching} onClick={() => void refetch()}>{t("tls.look_again")}</Button></div>
    </div>
  );
}
