// SPDX-License-Identifier: Apache-2.0
/** Who may connect at all: addresses, countries, DNS lists and our own experience with addresses. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { EntriesTable } from "@/shared/entries/EntriesTable";
import { SettingsForm } from "@/shared/settings/SettingsForm";
import { Page, Section } from "@/shared/ui/Page";

import { useAddressKind } from "./kind";
import { addressEntries } from "./queries";

export function AddressesPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/addresses" });
  const navigate = useNavigate({ from: "/addresses" });
  const pages = useInfiniteQuery(addressEntries(search));
  return (
    <Page title={t("place.addresses")} lead={t("addresses.lead")} docs="ip_reputation">
      <Section title={t("addresses.entries")} lead={t("addresses.entries_lead")} id="entries">
        <EntriesTable kind={useAddressKind()} pages={pages} search={search} onSearch={(change) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true })} />
      </Section>
      <Section title={t("settings.title")} id="settings">
        <SettingsForm feature="ip_reputation" />
      </Section>
    </Page>
  );
}
