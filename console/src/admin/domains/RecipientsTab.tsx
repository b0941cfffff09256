// SPDX-License-Identifier: Apache-2.0
/** Who exists in the domain: searched, added, removed, brought as a file with a plan, and taken away as one. */
import { ActionIcon, Alert, Button, TextInput, Tooltip } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Section } from "@/shared/ui/Page";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { say } from "@/shared/ui/toasts";

import styles from "./domains.module.css";
import { Search } from "./DomainsPage";
import { type Domain, type DomainSearch, KEY, recipients } from "./queries";
import { RecipientsImport } from "./RecipientsImport";
import { useReason } from "./words";

const PATH = "/api/v1/directory_import/recipients";

interface Props {
  data: Domain;
  search: DomainSearch;
  onSearch: (change: Partial<DomainSearch>) => void;
}

export function RecipientsTab({ data, search, onSearch }: Props) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const client = useQueryClient();
  const reason = useReason();
  const pages = useInfiniteQuery(recipients(data.name, search.q));
  const rows = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  const stale = () => void client.invalidateQueries({ queryKey: [KEY] });
  const add = useMutation({ mutationFn: (body: Schemas["ValidRecipient"]) => take(api.POST(PATH, { body })), onSettled: stale });
  const remove = useMutation({
    mutationFn: ({ address }: Schemas["ValidRecipient"]) => take(api.DELETE(`${PATH}/{address}`, { params: { path: { address } } })),
    onSuccess: (_unused, gone) => say(t("domains.recipient_removed", { address: gone.address }), "good", { label: t("undo"), run: () => add.mutate(gone) }),
    onError: (error) => say(reason(error) ?? "", "bad"),
    onSettled: stale,
  });
  return (
    <Section
      title={t("domains.tab.recipients")} lead={t(data.recipient_filter ? "domains.recipients_on" : "domains.recipients_off", { count: data.recipients, shown: count(data.recipients) })}
      actions={<Button variant="default" leftSection={<Icon name="upload" size={15} />} onClick={() => onSearch({ open: "import" })}>{t("entries.import")}</Button>}
    >
      <div className={styles.form}>
        <Add domain={data.name} busy={add.isPending} error={reason(add.error)} onAdd={(entry, done) => add.mutate(entry, { onSuccess: (made) => { say(t("domains.recipient_added", { address: made.address })); done(); } })} />
        <div className={styles.tools}><Search value={search.q ?? ""} label={t("domains.recipients_search")} onChange={(q) => onSearch({ q: q || undefined })} /></div>
        {pages.error && !pages.data ? <Failure error={pages.error} retry={() => void pages.refetch()} /> : null}
        {pages.isPending ? <Waiting rows={5} height={34} /> : null}
        {pages.data && rows.length === 0 ? <Empty icon="recipients" title={t(search.q ? "domains.recipients_no_match" : "domains.recipients_empty")}>{search.q ? null : <p>{t("domains.recipients_empty_why")}</p>}</Empty> : null}
        {rows.length > 0 ? (
          <ul className={styles.people} aria-label={t("domains.tab.recipients")}>
            {rows.map((row) => (
              <li key={row.address}>
                <span className="mono break"><Foreign>{row.address}</Foreign></span>
                <span className="quiet break"><Foreign>{row.display_name}</Foreign></span>
                <Tooltip label={t("entries.delete")}>
                  <ActionIcon variant="subtle" color="gray" aria-label={t("entries.delete_name", { name: row.address })} onClick={() => remove.mutate(row)}><Icon name="trash" size={16} /></ActionIcon>
                </Tooltip>
              </li>
            ))}
          </ul>
        ) : null}
        <div className={styles.tools}>
          {pages.hasNextPage ? <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>{t("list.more")}</Button> : null}
          {data.recipients > 0 ? <a href={`${PATH}/export?domain=${encodeURIComponent(data.name)}`} download><Icon name="download" size={14} /> {t("domains.recipients_export")}</a> : null}
        </div>
      </div>
      <RecipientsImport domain={data.name} opened={search.open === "import"} onClose={() => onSearch({ open: undefined })} onDone={stale} />
    </Section>
  );
}

function Add({ domain, busy, error, onAdd }: { domain: string; busy: boolean; error?: string; onAdd: (entry: Schemas["ValidRecipient"], done: () => void) => void }) {
  const { t } = useTranslation();
  const [address, setAddress] = useState("");
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const full = address.includes("@") ? address.trim() : `${address.trim()}@${domain}`;
    onAdd({ address: full, display_name: name.trim() }, () => { setAddress(""); setName(""); });
  };
  return (
    <form onSubmit={submit} className={styles.order} noValidate>
      <TextInput label={t("domains.recipient_address")} placeholder={`lee@${domain}`} value={address} maxLength={320} autoComplete="off" spellCheck={false} onChange={(event) => setAddress(event.currentTarget.value)} />
      <TextInput label={t("domains.recipient_name")} value={name} maxLength={200} autoComplete="off" onChange={(event) => setName(event.currentTarget.value)} />
      <Button type="submit" disabled={address.trim() === ""} loading={busy} leftSection={<Icon name="plus" size={15} />}>{t("domains.recipient_add")}</Button>
      {error ? <Alert color="red.9" variant="outline" role="alert" className={styles.wide}>{error}</Alert> : null}
    </form>
  );
}
