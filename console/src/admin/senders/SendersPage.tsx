// SPDX-License-Identifier: Apache-2.0
/** Whose mail is refused or spared some checks, for everybody, a domain or one person. */
import { TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { EntriesTable } from "@/shared/entries/EntriesTable";
import { SettingsForm } from "@/shared/settings/SettingsForm";
import { Page, Section } from "@/shared/ui/Page";

import { useSenderKind } from "./kind";
import { senderEntries } from "./queries";
import { SenderLookup } from "./SenderLookup";

export function SendersPage() {
  const { t } = useTranslation();
  const { sender, recipient, ...search } = useSearch({ from: "/inside/senders" });
  const navigate = useNavigate({ from: "/senders" });
  const pages = useInfiniteQuery(senderEntries(search));
  const narrow = (target: string | undefined) => void navigate({ search: (now) => ({ ...now, target }), replace: true });
  const filters = <TextInput aria-label={t("senders.only_for")} placeholder={t("senders.only_for")} classNames={{ input: "mono" }} key={search.target ?? ""} defaultValue={search.target ?? ""} onBlur={(event) => narrow(event.currentTarget.value.trim() || undefined)} onKeyDown={(event) => { if (event.key === "Enter") narrow(event.currentTarget.value.trim() || undefined); }} />;
  return (
    <Page title={t("place.senders")} lead={t("senders.lead")} docs="sender_filter">
      <Section title={t("senders.lookup")} lead={t("senders.lookup_lead")} id="lookup">
        <SenderLookup sender={sender} recipient={recipient} onAsk={(asked) => void navigate({ search: (now) => ({ ...now, ...asked }) })} />
      </Section>
      <Section title={t("senders.entries")} lead={t("senders.entries_lead")} id="entries">
        <EntriesTable kind={useSenderKind()} pages={pages} search={search} filters={filters} onSearch={(change) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true })} />
      </Section>
      <Section title={t("settings.title")} id="settings"><SettingsForm feature="sender_filter" /></Section>
    </Page>
  );
}
