// SPDX-License-Identifier: Apache-2.0
/** Our own MTA-STS policies: one line for each domain, with the record to publish. */
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import styles from "@/shared/entries/entries.module.css";
import { Copy } from "@/shared/ui/Copy";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { say } from "@/shared/ui/toasts";

import { words } from "./Peers";
import { PolicyDialog } from "./PolicyDialog";
import { hosted } from "./queries";
import { Records } from "./Records";

const OPEN = "policy:";

interface Props {
  open?: string;
  onOpen: (open: string | undefined) => void;
}

export function HostedPolicies({ open, onOpen }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(hosted);
  const stale = () => void client.invalidateQueries({ queryKey: ["mta_sts"] });
  const remove = useMutation({
    mutationFn: (domain: string) => take(api.DELETE("/api/v1/mta_sts/policies/{domain}", { params: { path: { domain } } })),
    onSuccess: (_unused, domain) => say(t("tls.policy_removed", { domain })),
    onError: (fault) => say(words(fault, t("failure.unreachable")), "bad"),
    onSettled: stale,
  });
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={2} height={38} />;
  const domain = open?.startsWith(OPEN) ? open.slice(OPEN.length) : undefined;
  const close = () => onOpen(undefined);
  return (
    <div className={styles.entries}>
      {data.items.length + data.without.length === 0 ? <Empty icon="domains" title={t("tls.no_domains")} /> : null}
      <ul style={{ listStyle: "none", margin: 0, padding: 0, display: "grid", gap: 12 }}>
        {data.items.map((policy) => <Policy key={policy.domain} policy={policy} busy={remove.isPending} onOpen={() => onOpen(OPEN + policy.domain)} onRemove={() => remove.mutate(policy.domain)} />)}
        {data.without.map((name) => (
          <li key={name} className={styles.tools}>
            <b className="mono"><Foreign>{name}</Foreign></b> <span className="quiet">{t("tls.no_policy")}</span>
            <span style={{ flex: 1 }} />
            <Button variant="default" size="compact-sm" leftSection={<Icon name="plus" size={15} />} onClick={() => onOpen(OPEN + name)} aria-label={t("tls.make_policy_for", { domain: name })}>{t("tls.make_policy")}</Button>
          </li>
        ))}
      </ul>
      <PolicyDialog domain={domain} policy={data.items.find((policy) => policy.domain === domain)} onClose={close} onDone={stale} />
    </div>
  );
}

const TONES: Record<Schemas["PolicyMode"], string> = { enforce: "clean", testing: "spam", none: "graymail" };

function Policy({ policy, busy, onOpen, onRemove }: { policy: Schemas["HostedPolicy"]; busy: boolean; onOpen: () => void; onRemove: () => void }) {
  const { t } = useTranslation();
  const [showing, setShowing] = useState(false);
  return (
    <li style={{ display: "grid", gap: 6 }}>
      <div className={styles.tools}>
        <b className="mono"><Foreign>{policy.domain}</Foreign></b>
        <span className="badge" style={{ "--tone": `var(--v-${TONES[policy.mode]})` } as React.CSSProperties}>{t(`tls.mode_${policy.mode}`)}</span>
        <span className="quiet break">{policy.mx.map((host) => <span key={host} className="mono">{host} </span>)}</span>
        <span style={{ flex: 1 }} />
        <Button variant="default" size="compact-sm" leftSection={<Icon name="search" size={15} />} aria-expanded={showing} onClick={() => setShowing(!showing)} aria-label={t("tls.check_records_of", { domain: policy.domain })}>{t("tls.check_records")}</Button>
        <Button variant="default" size="compact-sm" leftSection={<Icon name="pencil" size={15} />} onClick={onOpen} aria-label={t("entries.edit_name", { name: policy.domain })}>{t("entries.edit")}</Button>
        {policy.mode === "none" ? <Button variant="default" size="compact-sm" leftSection={<Icon name="trash" size={15} />} loading={busy} onClick={onRemove} aria-label={t("entries.delete_name", { name: policy.domain })}>{t("entries.delete")}</Button> : null}
      </div>
      {showing ? <Records domain={policy.domain} /> : null}
      <dl style={{ display: "grid", gridTemplateColumns: "max-content minmax(0, 1fr)", alignItems: "center", gap: "4px 14px", margin: 0, fontSize: 13 }}>
        <dt className="quiet">{t("tls.publish")}</dt>
        <dd style={{ margin: 0 }}><code className="break">_mta-sts.{policy.domain}</code> TXT <code className="break">{policy.record}</code><Copy text={policy.record} label={t("record.copy_value")} /></dd>
        <dt className="quiet">{t("tls.served_at")}</dt>
        <dd style={{ margin: 0 }}><code className="break">{policy.address}</code><Copy text={policy.address} label={t("tls.copy_address")} /></dd>
      </dl>
    </li>
  );
}
