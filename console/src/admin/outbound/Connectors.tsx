// SPDX-License-Identifier: Apache-2.0
import { ActionIcon, Alert, Button, Code, Tooltip } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import styles from "@/shared/entries/entries.module.css";
import { Copy } from "@/shared/ui/Copy";
import { Dialog } from "@/shared/ui/Dialog";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Empty } from "@/shared/ui/states";
import { say } from "@/shared/ui/toasts";

import { ConnectorDialog } from "./ConnectorDialog";
import { type Connector, type Made, outbound, words } from "./queries";

interface Props {
  sending: Schemas["Outbound"];
  open?: string;
  onOpen: (open: string | undefined) => void;
}

/** The servers that may send, one line for each connector. */
export function Connectors({ sending, open, onOpen }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [made, setMade] = useState<Made>();
  const [leaving, setLeaving] = useState<Connector>();
  const stale = () => void client.invalidateQueries({ queryKey: outbound.queryKey });
  const failed = (fault: unknown) => say(words(fault, t("failure.unreachable")), "bad");
  const remove = useMutation({
    mutationFn: ({ id }: Connector) => take(api.DELETE("/api/v1/outbound/connectors/{id}", { params: { path: { id } } })),
    onSuccess: (_unused, { name }) => say(t("outbound.removed", { name })),
    onError: failed,
    onSettled: () => { setLeaving(undefined); stale(); },
  });
  const renew = useMutation({
    mutationFn: ({ id }: Connector) => take(api.POST("/api/v1/outbound/connectors/{id}/secret", { params: { path: { id } } })),
    onSuccess: setMade,
    onError: failed,
    onSettled: stale,
  });
  const done = (result: Made) => {
    say(t("outbound.saved", { name: result.connector.name }));
    if (result.secret) setMade(result);
    stale();
  };
  return (
    <div className={styles.entries}>
      <div className={styles.tools}>
        <span style={{ flex: 1 }} />
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => onOpen("new")}>{t("outbound.add")}</Button>
      </div>
      {sending.connectors.length === 0 ? <Empty icon="outbound" title={t("outbound.empty")}><p>{t("outbound.empty_why")}</p></Empty> : (
        <Table connectors={sending.connectors} onOpen={onOpen} onRemove={setLeaving} onRenew={(connector) => renew.mutate(connector)} />
      )}
      <ConnectorDialog sending={sending} open={open} onClose={() => onOpen(undefined)} onDone={done} />
      <Dialog opened={made !== undefined} onClose={() => setMade(undefined)} title={t("outbound.secret_title")} size="lg">
        {made ? <Secret made={made} onClose={() => setMade(undefined)} /> : null}
      </Dialog>
      <Dialog opened={leaving !== undefined} onClose={() => setLeaving(undefined)} title={t("outbound.remove_title", { name: leaving?.name ?? "" })}>
        <p>{t("outbound.remove_why", { name: leaving?.name ?? "" })}</p>
        <div className={styles.tools} style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={() => setLeaving(undefined)}>{t("cancel")}</Button>
          <Button color="red.9" loading={remove.isPending} onClick={() => leaving && remove.mutate(leaving)}>{t("outbound.remove")}</Button>
        </div>
      </Dialog>
    </div>
  );
}

interface TableProps {
  connectors: Connector[];
  onOpen: (id: string) => void;
  onRemove: (connector: Connector) => void;
  onRenew: (connector: Connector) => void;
}

function Table({ connectors, onOpen, onRemove, onRenew }: TableProps) {
  const { t } = useTranslation();
  return (
    <table className={styles.table} aria-label={t("outbound.connectors")}>
      <thead><tr>{(["name", "domain", "servers", "proof"] as const).map((column) => <th key={column} scope="col">{t(`outbound.${column}`)}</th>)}<th scope="col"><span className="hidden">{t("entries.actions")}</span></th></tr></thead>
      <tbody>
        {connectors.map((connector) => (
          <tr key={connector.id} data-row={connector.id}>
            <td data-label={t("outbound.name")}><b><Foreign>{connector.name}</Foreign></b></td>
            <td data-label={t("outbound.domain")}>{connector.domain === "*" ? t("outbound.all_domains") : <Foreign mono>{connector.domain}</Foreign>}</td>
            <td data-label={t("outbound.servers")}>{connector.cloud ? <><Icon name="globe" size={14} /> {connector.cloud}</> : <span className="mono break">{connector.networks.join(", ")}</span>}</td>
            <td data-label={t("outbound.proof")}>
              {t(`outbound.proof_${connector.proof}`)}
              {connector.proof === "header" ? <div className="quiet mono break">{connector.header}: {connector.value}</div> : null}
            </td>
            <td className={styles.rowActions}>
              {connector.proof === "secret" ? <Action icon="refresh" label={t("outbound.renew_name", { name: connector.name })} onClick={() => onRenew(connector)} /> : null}
              <Action icon="pencil" label={t("entries.edit_name", { name: connector.name })} onClick={() => onOpen(connector.id)} />
              <Action icon="trash" label={t("entries.delete_name", { name: connector.name })} onClick={() => onRemove(connector)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Action({ icon, label, onClick }: { icon: "refresh" | "pencil" | "trash"; label: string; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="petrol" style={{ color: "var(--accent)" }} aria-label={label} onClick={onClick}><Icon name={icon} size={16} /></ActionIcon>
    </Tooltip>
  );
}

/** A secret, said once, and what to do with it. */
function Secret({ made, onClose }: { made: Made; onClose: () => void }) {
  const { t } = useTranslation();
  const field = `${made.secret_header}: ${made.secret}`;
  return (
    <div className={styles.form}>
      <Alert color="yellow.9" variant="outline" icon={<Icon name="info" />}>{t("outbound.secret_once")}</Alert>
      <p>{t("outbound.secret_how")}</p>
      <div className={styles.tools}>
        <Code block className="break" style={{ flex: 1, whiteSpace: "pre-wrap" }}>{field}</Code>
        <Copy text={made.secret} label={t("outbound.copy_secret")} />
      </div>
      <div className={styles.tools} style={{ justifyContent: "flex-end" }}>
        <Button onClick={onClose}>{t("outbound.secret_done")}</Button>
      </div>
    </div>
  );
}
