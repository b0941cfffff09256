// SPDX-License-Identifier: Apache-2.0
/** Mail that leaves: who is held back, which servers may send, whether the world may believe them, and how much may go. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { SettingsForm } from "@/shared/settings/SettingsForm";
import { Page, Section } from "@/shared/ui/Page";
import { Failure, Waiting } from "@/shared/ui/states";

import { Connectors } from "./Connectors";
import { Domains } from "./Domains";
import { Pauses } from "./Pauses";
import { outbound } from "./queries";

export function OutboundPage() {
  const { t } = useTranslation();
  const { open } = useSearch({ from: "/inside/outbound" });
  const navigate = useNavigate({ from: "/outbound" });
  const { data, error, refetch } = useQuery(outbound);
  const onOpen = (to: string | undefined) => void navigate({ search: { open: to }, replace: true });
  return (
    <Page title={t("place.outbound")} lead={t("outbound.lead")} docs="outbound">
      <Section title={t("outbound.pauses")} lead={t("outbound.pauses_lead")} id="pauses">
        <Pauses />
      </Section>
      {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={4} height={56} /> : null}
      {data ? (
        <>
          <Section title={t("outbound.connectors")} lead={t("outbound.connectors_lead")} id="connectors">
            <Connectors sending={data} open={open} onOpen={onOpen} />
          </Section>
          <Section title={t("outbound.domains")} lead={t("outbound.domains_lead")} id="domains">
            <Domains domains={data.domains} />
          </Section>
        </>
      ) : null}
      <Section title={t("outbound.limits")} lead={t("outbound.limits_lead")} id="limits">
        <SettingsForm feature="outbound" />
      </Section>
    </Page>
  );
}
