// SPDX-License-Identifier: Apache-2.0
/** The signing keys of each domain: where each stands in its life, and the record that it needs. */
import { Button, Group, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import { RecordCard, type RecordState } from "@/shared/dns/RecordCard";
import styles from "@/shared/entries/entries.module.css";
import { Copy } from "@/shared/ui/Copy";
import { Dialog } from "@/shared/ui/Dialog";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";
import { say } from "@/shared/ui/toasts";

import page from "./authentication.module.css";
import { type DkimKey, keys, objection } from "./queries";

const NEW = "new:";

export function Keys({ open, onOpen }: { open?: string; onOpen: (open: string | undefined) => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(keys);
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={2} height={60} />;
  const making = open?.startsWith(NEW) ? open.slice(NEW.length) : undefined;
  return (
    <div className={styles.entries}>
      {data.items.length === 0 ? <Empty icon="domains" title={t("authentication.no_domains")} /> : null}
      {data.items.map(({ domain, signs, keys: some }) => (
        <section key={domain} aria-label={domain} className={page.domain}>
          <div className={styles.tools}>
            <b className="mono"><Foreign>{domain}</Foreign></b>
            <span className="badge" style={{ "--tone": `var(--v-${signs ? "clean" : "graymail"})` } as React.CSSProperties}><Icon name={signs ? "check" : "clock"} size={14} /> {t(signs ? "authentication.signed" : "authentication.unsigned")}</span>
            <span style={{ flex: 1 }} />
            <Button variant="default" size="compact-sm" leftSection={<Icon name="plus" size={15} />} onClick={() => onOpen(NEW + domain)} aria-label={t("authentication.make_for", { domain })}>{t("authentication.make")}</Button>
          </div>
          {some.length === 0 ? <p className="quiet">{t("authentication.no_keys")}</p> : null}
          {some.map((key) => <Key key={key.id} one={key} />)}
        </section>
      ))}
      <Dialog opened={making !== undefined} onClose={() => onOpen(undefined)} title={t("authentication.make_for", { domain: making ?? "" })}>
        {making ? <MakeKey domain={making} onClose={() => onOpen(undefined)} /> : null}
      </Dialog>
    </div>
  );
}

const STEPS = ["created_at", "seen_at", "active_at", "retiring_at", "retired_at"] as const;

function Key({ one }: { one: DkimKey }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const after = {
    onSettled: () => void client.invalidateQueries({ queryKey: ["dkim_signing"] }),
    onError: (fault: unknown) => say(objection(fault, t("failure.unreachable")), "bad"),
  };
  const path = { path: { id: one.id } };
  const look = useMutation({ mutationFn: () => take(api.POST("/api/v1/dkim_signing/keys/{id}/check", { params: path })), ...after });
  const retire = useMutation({ mutationFn: () => take(api.POST("/api/v1/dkim_signing/keys/{id}/retire", { params: path })), ...after });
  const remove = useMutation({ mutationFn: () => take(api.DELETE("/api/v1/dkim_signing/keys/{id}", { params: path })), ...after });
  const [sure, setSure] = useState(false);
  const act = one.state === "active" ? retire : remove;
  return (
    <div className={page.key}>
      <div className={styles.tools}>
        <code>{one.selector}</code> <span className="quiet">{one.algorithm === "rsa" ? `RSA, ${one.bits} bit` : "Ed25519"}</span>
        <b>{t(`authentication.state_${one.state}`)}</b>
        <span style={{ flex: 1 }} />
        {one.state === "retired" ? null : <Button variant="default" size="compact-sm" loading={look.isPending} leftSection={<Icon name="refresh" size={15} />} onClick={() => look.mutate()} aria-label={t("authentication.check_of", { selector: one.selector })}>{t("authentication.check")}</Button>}
        <Button variant="default" size="compact-sm" onClick={() => setSure(true)} aria-label={t(one.state === "active" ? "authentication.retire_of" : "authentication.remove_of", { selector: one.selector })}>{t(one.state === "active" ? "authentication.retire" : "entries.delete")}</Button>
      </div>
      <ol className={page.life} aria-label={t("authentication.life")}>
        {STEPS.map((step) => <li key={step}><b>{t(`authentication.step_${step}`)}</b> {one[step] ? <Time at={one[step]} form="exact" /> : <span className="quiet">{soon(one, step, t)}</span>}</li>)}
      </ol>
      {one.state === "retired" ? null : (
        <RecordCard
          type={one.record.type} name={one.record.name} expected={one.record.value} state={stateOf(one)}
          found={stateOf(one) === "ok" ? [one.record.value] : []} why={t(`authentication.why_${one.state}`)}
          note={<>{one.problem ? <span>{t("authentication.problem", { problem: one.problem })} </span> : null}<span>{t("authentication.zone_line")} <Copy text={one.record.zone_line} label={t("authentication.copy_zone_line")} /></span>{one.ready_at ? <div>{t("authentication.ready_at")} <Time at={one.ready_at} form="exact" /></div> : null}</>}
        />
      )}
      <Dialog opened={sure} onClose={() => setSure(false)} title={t(one.state === "active" ? "authentication.retire_of" : "authentication.remove_of", { selector: one.selector })}>
        <p style={{ marginTop: 0 }}>{t(one.state === "active" ? "authentication.retire_effect" : "authentication.remove_effect")}</p>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={() => setSure(false)}>{t("cancel")}</Button>
          <Button color="red.9" data-autofocus loading={act.isPending} onClick={() => act.mutate(undefined, { onSettled: () => setSure(false) })}>{t(one.state === "active" ? "authentication.retire" : "entries.delete")}</Button>
        </Group>
      </Dialog>
    </div>
  );
}

function soon(one: DkimKey, step: (typeof STEPS)[number], t: (key: string) => string): string {
  return one.state === "waiting" && step === "seen_at" ? t("authentication.awaited") : "—";
}

function stateOf(one: DkimKey): RecordState {
  if (!one.checked_at) return "unknown";
  if (!one.problem) return "ok";
  return one.problem === "no key was found" ? "missing" : "differs";
}

function MakeKey({ domain, onClose }: { domain: string; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [algorithm, setAlgorithm] = useState<Schemas["Algorithm"]>("rsa");
  const [bits, setBits] = useState<2048 | 3072 | 4096>(2048);
  const [selector, setSelector] = useState("");
  const make = useMutation({
    mutationFn: async () => {
      const made = await take(api.POST("/api/v1/dkim_signing/keys", { body: { domain, algorithm, bits, selector } }));
      await take(api.POST("/api/v1/dkim_signing/keys/{id}/check", { params: { path: { id: made.id } } })).catch(() => undefined); // a first look; the next comes by itself
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["dkim_signing"] });
      say(t("authentication.made"));
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form onSubmit={submit} className={styles.form} noValidate>
      <NativeSelect label={t("authentication.algorithm")} description={t("authentication.algorithm_help")} value={algorithm} data={[{ value: "rsa", label: "RSA" }, { value: "ed25519", label: "Ed25519" }]} onChange={(event) => setAlgorithm(event.currentTarget.value as Schemas["Algorithm"])} />
      {algorithm === "rsa" ? <NativeSelect label={t("authentication.bits")} value={String(bits)} data={["2048", "3072", "4096"]} onChange={(event) => setBits(Number(event.currentTarget.value) as 2048 | 3072 | 4096)} /> : null}
      <TextInput label={t("authentication.selector")} description={t("authentication.selector_help")} value={selector} onChange={(event) => setSelector(event.currentTarget.value)} error={make.error ? objection(make.error, t("failure.unreachable")) : undefined} autoComplete="off" />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>{t("cancel")}</Button>
        <Button type="submit" loading={make.isPending}>{t("authentication.make")}</Button>
      </Group>
    </form>
  );
}
