// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, Group, NativeSelect, Radio, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import styles from "@/shared/entries/entries.module.css";
import { Dialog } from "@/shared/ui/Dialog";

import { type Connector, type Made, type NewConnector, PROOFS, type ProofKind, words } from "./queries";

interface Props {
  sending: Schemas["Outbound"];
  open?: string;
  onClose: () => void;
  onDone: (made: Made) => void;
}

/** Adds a connector, or changes one. */
export function ConnectorDialog({ sending, open, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const connector = sending.connectors.find(({ id }) => id === open);
  return (
    <Dialog opened={open === "new" || connector !== undefined} onClose={onClose} title={t(connector ? "outbound.change" : "outbound.add")} size="lg">
      <Fields key={open} connector={connector} sending={sending} onClose={onClose} onDone={onDone} />
    </Dialog>
  );
}

const BLANK: NewConnector = { name: "", domain: "*", networks: [], cloud: "", proof: "address", header: "", value: "" };

function Fields({ connector, sending, onClose, onDone }: { connector?: Connector } & Pick<Props, "sending" | "onClose" | "onDone">) {
  const { t } = useTranslation();
  const [value, setValue] = useState({ ...BLANK, ...connector });
  const [networks, setNetworks] = useState(connector?.networks.join("\n") ?? "");
  const [shared, setShared] = useState(Boolean(connector?.cloud));
  const change = (some: Partial<NewConnector>) => setValue((now) => ({ ...now, ...some }));
  const turn = (to: boolean) => {
    setShared(to);
    const cloud = to ? (sending.clouds[0]?.name ?? "") : "";
    change({ cloud, proof: to && value.proof === "address" ? "header" : value.proof, header: value.header || (sending.clouds[0]?.header ?? "") });
  };
  const save = useMutation({
    mutationFn: () => {
      const { name, domain, cloud, proof, header, value: must } = value;
      const body = { name, domain, proof, header: proof === "header" ? header : "", value: proof === "header" ? must : "", cloud: shared ? cloud : "", networks: shared ? [] : networks.split(/[\s,]+/).filter(Boolean) };
      return connector
        ? take(api.PUT("/api/v1/outbound/connectors/{id}", { params: { path: { id: connector.id } }, body }))
        : take(api.POST("/api/v1/outbound/connectors", { body }));
    },
    onSuccess: (made) => {
      onClose();
      onDone(made);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const own = sending.domains.map(({ name }) => name);
  const proofs = shared ? PROOFS.slice(1) : PROOFS;
  return (
    <form onSubmit={submit} className={styles.form} noValidate>
      <TextInput data-autofocus label={t("outbound.name")} description={t("outbound.name_help")} autoComplete="off" maxLength={100} value={value.name} onChange={(event) => change({ name: event.currentTarget.value })} />
      <NativeSelect label={t("outbound.domain")} description={t("outbound.domain_help")} value={value.domain} data={[{ value: "*", label: t("outbound.all_domains") }, ...own]} onChange={(event) => change({ domain: event.currentTarget.value })} />
      {sending.clouds.length > 0 ? <SegmentedControl aria-label={t("outbound.where")} value={shared ? "cloud" : "own"} data={[{ value: "own", label: t("outbound.own_servers") }, { value: "cloud", label: t("outbound.shared_cloud") }]} onChange={(to) => turn(to === "cloud")} /> : null}
      {shared
        ? <NativeSelect label={t("outbound.cloud")} description={t("outbound.cloud_help")} value={value.cloud} data={sending.clouds.map(({ name, title }) => ({ value: name, label: title }))} onChange={(event) => change({ cloud: event.currentTarget.value, header: sending.clouds.find(({ name }) => name === event.currentTarget.value)?.header || value.header })} />
        : <Textarea label={t("outbound.networks")} description={t("outbound.networks_help")} placeholder={"192.0.2.25\n2001:db8::/64"} classNames={{ input: "mono" }} autosize minRows={2} maxRows={8} spellCheck={false} value={networks} onChange={(event) => setNetworks(event.currentTarget.value)} />}
      <Radio.Group label={t("outbound.proof")} description={t(shared ? "outbound.proof_help_shared" : "outbound.proof_help")} value={value.proof} onChange={(to) => change({ proof: to as ProofKind })}>
        <div className={styles.modes}>
          {proofs.map((proof) => <Radio key={proof} value={proof} label={t(`outbound.proof_${proof}`)} description={t(`outbound.proof_why_${proof}`)} />)}
        </div>
      </Radio.Group>
      {value.proof === "header" ? <TextInput label={t("outbound.header")} placeholder="X-Tenant-Id" classNames={{ input: "mono" }} autoComplete="off" spellCheck={false} value={value.header} onChange={(event) => change({ header: event.currentTarget.value })} /> : null}
      {value.proof === "header" ? <TextInput label={t("outbound.value_header")} classNames={{ input: "mono" }} autoComplete="off" spellCheck={false} value={value.value} onChange={(event) => change({ value: event.currentTarget.value })} /> : null}
      {save.error ? <Alert color="red.9" variant="outline" role="alert">{words(save.error, t("failure.unreachable"))}</Alert> : null}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        <Button type="submit" loading={save.isPending}>{t(connector ? "entries.save" : "outbound.add")}</Button>
      </Group>
    </form>
  );
}
