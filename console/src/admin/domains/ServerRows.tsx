// SPDX-License-Identifier: Apache-2.0
/** The servers behind a domain, row by row, to be changed as a whole. */
import { ActionIcon, Button, NumberInput, TextInput, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Icon } from "@/shared/ui/Icon";

import styles from "./domains.module.css";
import type { Server } from "./queries";

const MOST = 100;
export const BLANK: Server = { recipient: "*", host: "", port: 25, preference: 10 };

export function ServerRows({ rows, onChange }: { rows: Server[]; onChange: (rows: Server[]) => void }) {
  const { t } = useTranslation();
  const set = (at: number, some: Partial<Server>) => onChange(rows.map((row, index) => (index === at ? { ...row, ...some } : row)));
  return (
    <div className={styles.servers}>
      {rows.map((row, at) => (
        <fieldset key={at} className={styles.server}>
          <legend className="hidden">{t("domains.server_number", { number: at + 1 })}</legend>
          <TextInput label={t("domains.host")} placeholder="mail.example.com" value={row.host} maxLength={254} autoComplete="off" spellCheck={false} classNames={{ input: "mono" }} onChange={(event) => set(at, { host: event.currentTarget.value })} />
          <NumberInput label={t("domains.port")} min={1} max={65535} allowDecimal={false} hideControls value={row.port} onChange={(port) => set(at, { port: Number(port) })} />
          <TextInput label={t("domains.recipient")} title={t("domains.recipient_help")} value={row.recipient} maxLength={64} autoComplete="off" spellCheck={false} classNames={{ input: "mono" }} onChange={(event) => set(at, { recipient: event.currentTarget.value })} />
          <NumberInput label={t("domains.preference")} title={t("domains.preference_help")} min={1} max={100} allowDecimal={false} hideControls value={row.preference} onChange={(preference) => set(at, { preference: Number(preference) })} />
          <Tooltip label={t("domains.remove_server")}>
            <ActionIcon variant="subtle" color="gray" size="lg" className={styles.remove} aria-label={t("domains.remove_server_name", { name: row.host || at + 1 })} onClick={() => onChange(rows.filter((_unused, index) => index !== at))}><Icon name="trash" size={17} /></ActionIcon>
          </Tooltip>
        </fieldset>
      ))}
      {rows.length < MOST ? <Button variant="default" leftSection={<Icon name="plus" size={15} />} onClick={() => onChange([...rows, { ...BLANK }])}>{t("domains.add_server")}</Button> : null}
    </div>
  );
}
