// SPDX-License-Identifier: Apache-2.0
import { Alert, Button, Group, NumberInput, Switch } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, take } from "@/shared/api/client";
import { Section } from "@/shared/ui/Page";
import { say } from "@/shared/ui/toasts";

import styles from "./domains.module.css";
import { type Domain, KEY, domain } from "./queries";
import { ServerRows } from "./ServerRows";
import { useReason } from "./words";

const MEBIBYTE = 1024 * 1024;

/** Where mail for the domain is brought, how large it may be, and whether its people are known. */
export function ServersTab({ data }: { data: Domain }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const reason = useReason();
  const [servers, setServers] = useState(data.servers);
  const [filter, setFilter] = useState(data.recipient_filter);
  const [size, setSize] = useState<number | string>(data.size_limit / MEBIBYTE);
  const changed = filter !== data.recipient_filter || Number(size) * MEBIBYTE !== data.size_limit || JSON.stringify(servers) !== JSON.stringify(data.servers);
  const save = useMutation({
    mutationFn: () => take(api.PATCH("/api/v1/domains/{name}", { params: { path: { name: data.name } }, body: { servers, recipient_filter: filter, size_limit: Math.round(Number(size) * MEBIBYTE) } })),
    onSuccess: (made) => {
      client.setQueryData(domain(data.name).queryKey, made);
      void client.invalidateQueries({ queryKey: [KEY] });
      setServers(made.servers);
      say(t("domains.saved"));
    },
  });
  const undo = () => {
    save.reset();
    setServers(data.servers);
    setFilter(data.recipient_filter);
    setSize(data.size_limit / MEBIBYTE);
  };
  const error = reason(save.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className={styles.form} noValidate>
      <Section title={t("domains.tab.servers")} lead={t("domains.servers_lead")}>
        <ServerRows rows={servers} onChange={setServers} />
      </Section>
      <Section title={t("domains.options")}>
        <div className={styles.form}>
          <Switch label={t("domains.filter")} description={t("domains.filter_help")} checked={filter} onChange={(event) => setFilter(event.currentTarget.checked)} />
          {filter && data.recipients === 0 ? <Alert color="yellow.9" variant="outline">{t("domains.filter_empty")}</Alert> : null}
          <NumberInput label={t("domains.size")} description={t("domains.size_help")} min={10} max={150} allowDecimal={false} suffix=" MB" maw={260} value={size} onChange={setSize} />
        </div>
      </Section>
      {error ? <Alert color="red.9" variant="outline" role="alert">{error}</Alert> : null}
      <Group gap="sm">
        <Button type="submit" disabled={!changed} loading={save.isPending}>{t("domains.save")}</Button>
        <Button variant="default" disabled={!changed} onClick={undo}>{t("undo")}</Button>
      </Group>
    </form>
  );
}
