// SPDX-License-Identifier: Apache-2.0
/** A question about somebody in particular. What is asked stands in the address, so it can be passed on. */
import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Icon } from "./Icon";
import styles from "./lookup.module.css";

interface Field {
  name: string;
  label: string;
  placeholder: string;
  /** May be left empty. */
  optional?: boolean;
}

interface Props {
  fields: Field[];
  values: Record<string, string | undefined>;
  busy: boolean;
  onAsk: (values: Record<string, string | undefined>) => void;
}

export function Lookup({ fields, values, busy, onAsk }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<Record<string, string | undefined>>({});
  const now = { ...values, ...typed };
  const ready = fields.every(({ name, optional }) => optional || now[name]?.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) onAsk(Object.fromEntries(fields.map(({ name }) => [name, now[name]?.trim() || undefined])));
  };
  return (
    <form className={styles.lookup} onSubmit={submit}>
      {fields.map(({ name, label, placeholder }) => (
        <TextInput key={name} label={label} placeholder={placeholder} classNames={{ input: "mono" }} autoComplete="off" spellCheck={false} maxLength={320} value={now[name] ?? ""} onChange={(event) => setTyped((before) => ({ ...before, [name]: event.currentTarget.value }))} />
      ))}
      <Button type="submit" variant="default" disabled={!ready} loading={busy} leftSection={<Icon name="search" size={15} />}>{t("lookup.ask")}</Button>
    </form>
  );
}
