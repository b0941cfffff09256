// SPDX-License-Identifier: Apache-2.0
/** Who may connect at all: addresses, countries, DNS lists and our own experience with addresses. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { EntriesTable } from "@/shared/entries/EntriesTable";
import { SettingsForm } from "@/shared/settings/SettingsForm";
import { Page, Section } from "@/shared/ui/Page";

import { AddressLookup } from "./AddressLookup";
import { useAddressKind } from "./kind";
import { LevelField } from "./LevelField";
import { addressEntries } from "./queries";
import { ListHealth, Penalized } from "./Waiting";

export function AddressesPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/addresses" });
  const navigate = useNavigate({ from: "/addresses" });
  const pages = useInfiniteQuery(addressEntries(search));
  return (
    <Page title={t("place.addresses")} lead={t("addresses.lead")} docs="ip_reputation">
      <Section title={t("addresses.lookup")} lead={t("addresses.lookup_lead")} id="lookup">
        <AddressLookup address={search.address} onAsk={(address) => void navigate({ search: (now) => ({ ...now, address }) })} />
      </Section>
      <Section title={t("addresses.entries")} lead={t("addresses.entries_lead")} id="entries">
        <EntriesTable kind={useAddressKind()} pages={pages} search={search} onSearch={(change) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true })} />
      </Section>
      <Section title={t("addresses.waiting")} lead={t("addresses.waiting_lead")} id="waiting"><Penalized /></Section>
      <Section title={t("addresses.lists")} lead={t("addresses.lists_lead")} id="lists"><ListHealth /></Section>
      <Section title={t("settings.title")} id="settings">
        <SettingsForm feature="ip_reputation" only={["enabled", "approved_skip_spam", "approved_countries", "blocked_countries", "block_all_except", "lists", "dynamic_level"]} fields={{ dynamic_level: (field) => <LevelField {...field} /> }} />
      </Section>
    </Page>
  );
}
