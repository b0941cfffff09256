// SPDX-License-Identifier: Apache-2.0
/** What follows from SPF, DKIM and DMARC for each domain, whom we trust to have looked for us, and our own signatures. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { SettingsForm } from "@/shared/settings/SettingsForm";
import { Page, Section } from "@/shared/ui/Page";

import { Keys } from "./Keys";
import type { AuthenticationSearch } from "./queries";
import { Rules } from "./Rules";

export function AuthenticationPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/authentication" });
  const navigate = useNavigate({ from: "/authentication" });
  const onSearch = (change: Partial<AuthenticationSearch>) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true });
  return (
    <Page title={t("place.authentication")} lead={t("authentication.lead")} docs="authentication">
      <Section title={t("authentication.rules")} lead={t("authentication.rules_lead")} id="rules">
        <Rules search={search} onSearch={onSearch} />
      </Section>
      <Section title={t("authentication.trust")} lead={t("authentication.trust_lead")} id="trust">
        <SettingsForm feature="authentication" />
      </Section>
      <Section title={t("authentication.keys")} lead={t("authentication.keys_lead")} id="keys">
        <Keys open={search.open} onOpen={(open) => onSearch({ open })} />
      </Section>
      <Section title={t("authentication.signing")} lead={t("authentication.signing_lead")} id="signing">
        <SettingsForm feature="dkim_signing" />
      </Section>
      <Section title={t("authentication.sealing")} lead={t("authentication.sealing_lead")} id="sealing">
        <SettingsForm feature="arc_sealing" />
      </Section>
    </Page>
  );
}
