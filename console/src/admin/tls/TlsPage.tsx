// SPDX-License-Identifier: Apache-2.0
/** How well connections are encrypted: what is asked of peers, our certificates, and our own MTA-STS policies. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { SettingsForm } from "@/shared/settings/SettingsForm";
import { Page, Section } from "@/shared/ui/Page";

import { Certificates } from "./Certificates";
import { HostedPolicies } from "./HostedPolicies";
import { Peers } from "./Peers";
import type { TlsSearch } from "./queries";
import { Reports } from "./Reports";

export function TlsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/tls" });
  const navigate = useNavigate({ from: "/tls" });
  const onSearch = (change: Partial<TlsSearch>) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true });
  return (
    <Page title={t("place.tls")} lead={t("tls.lead")} docs="tls_peers">
      <Section title={t("tls.peers")} lead={t("tls.peers_lead")} id="peers">
        <Peers search={search} onSearch={onSearch} />
      </Section>
      <Section title={t("tls.default")} lead={t("tls.default_lead")} id="default">
        <SettingsForm feature="tls_peers" />
      </Section>
      <Section title={t("tls.certificates")} lead={t("tls.certificates_lead")} id="certificates">
        <Certificates />
      </Section>
      <Section title={t("tls.hosted")} lead={t("tls.hosted_lead")} id="mta-sts">
        <HostedPolicies open={search.open} onOpen={(open) => onSearch({ open })} />
      </Section>
      <Section title={t("tls.reports")} lead={t("tls.reports_lead")} id="reports">
        <Reports />
      </Section>
      <Section title={t("tls.reports_settings")} id="reports-settings">
        <SettingsForm feature="tls_reports" />
      </Section>
    </Page>
  );
}
