// SPDX-License-Identifier: Apache-2.0
/** A file of peers is first compared with those that are there; only then it is written. */
import { Alert, Button, Group, Radio, SegmentedControl, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ChangeEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, take } from "@/shared/api/client";
import styles from "@/shared/entries/entries.module.css";
import { Plan } from "@/shared/entries/Plan";
import { Dialog } from "@/shared/ui/Dialog";
import { Icon } from "@/shared/ui/Icon";
import { say } from "@/shared/ui/toasts";

import { words } from "./Peers";
import { type Direction, PEERS } from "./queries";

interface Props {
  opened: boolean;
  direction?: Direction;
  onClose: () => void;
  onDone: () => void;
}

const EXAMPLE = "peer,level,minimum,domain,certificate_name,note\npartner.example,mandatory,1.3,,,contract 7\n*.partner.example,mta_sts";

export function PeerImport(props: Props) {
  const { t } = useTranslation();
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={t("tls.import")} size="lg">
      <Steps {...props} />
    </Dialog>
  );
}

function Steps({ direction, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const file = useRef<HTMLInputElement>(null);
  const [order, setOrder] = useState({ direction: direction ?? ("outbound" as Direction), mode: "merge" as "merge" | "overwrite", csv: "" });
  const bring = (dry_run: boolean) => take(api.POST(`${PEERS}/import`, { body: { ...order, dry_run } }));
  const compare = useMutation({ mutationFn: () => bring(true) });
  const write = useMutation({
    mutationFn: () => bring(false),
    onSuccess: ({ added, changed, removed }) => {
      say(t("entries.imported", { added, changed, removed }));
      onDone();
      onClose();
    },
  });
  const change = (some: Partial<typeof order>) => {
    compare.reset();
    write.reset();
    setOrder((now) => ({ ...now, ...some }));
  };
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.currentTarget.files?.[0];
    if (chosen) change({ csv: await chosen.text() });
  };
  const plan = compare.data;
  const ready = plan && plan.problems.length === 0 && plan.added + plan.changed + plan.removed > 0;
  const error = compare.error ?? write.error;
  return (
    <div className={styles.form}>
      <SegmentedControl aria-label={t("tls.direction")} value={order.direction} data={[{ value: "outbound", label: t("tls.outbound_long") }, { value: "inbound", label: t("tls.inbound_long") }]} onChange={(to) => change({ direction: to as Direction })} />
      <Textarea label={t("entries.csv")} description={t("tls.csv_help")} placeholder={EXAMPLE} classNames={{ input: "mono" }} autosize minRows={4} maxRows={10} spellCheck={false} value={order.csv} onChange={(event) => change({ csv: event.currentTarget.value })} />
      <Group gap="sm">
        <Button variant="default" size="compact-sm" leftSection={<Icon name="upload" size={15} />} onClick={() => file.current?.click()}>{t("entries.choose_file")}</Button>
        <input ref={file} type="file" accept=".csv,.txt,text/csv,text/plain" hidden onChange={(event) => void choose(event)} />
      </Group>
      <Radio.Group label={t("entries.mode")} value={order.mode} onChange={(mode) => change({ mode: mode as "merge" | "overwrite" })}>
        <div className={styles.modes}>
          <Radio value="merge" label={t("entries.merge")} description={t("entries.merge_help")} />
          <Radio value="overwrite" label={t("entries.overwrite")} description={t("entries.overwrite_help")} />
        </div>
      </Radio.Group>
      {error ? <Alert color="red.9" variant="outline" role="alert">{words(error, t("failure.unreachable"))}</Alert> : null}
      {plan ? <Plan plan={plan} /> : null}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        {ready
          ? <Button loading={write.isPending} onClick={() => write.mutate()}>{t("entries.write")}</Button>
          : <Button disabled={order.csv.trim() === ""} loading={compare.isPending} onClick={() => compare.mutate()}>{t("entries.compare")}</Button>}
      </Group>
    </div>
  );
}
