// SPDX-License-Identifier: Apache-2.0
/** Where mail may lead: what is known of web addresses, which lists say it, and what the organization excepts. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { EntriesTable } from "@/shared/entries/EntriesTable";
import { SettingsForm } from "@/shared/settings/SettingsForm";
import { Page, Section } from "@/shared/ui/Page";

import { useWebExceptionKind } from "./kind";
import { LevelField } from "./LevelField";
import { Lists } from "./Lists";
import { webExceptions } from "./queries";
import { WebLookup } from "./WebLookup";

export function WebReputationPage() {
  const { t } = useTranslation();
  const { url, ...search } = useSearch({ from: "/inside/web_reputation" });
  const navigate = useNavigate({ from: "/web_reputation" });
  const pages = useInfiniteQuery(webExceptions(search));
  return (
    <Page title={t("place.web_reputation")} lead={t("web.lead")} docs="web_reputation">
      <Section title={t("web.lookup")} lead={t("web.lookup_lead")} id="lookup">
        <WebLookup url={url} onAsk={(asked) => void navigate({ search: (now) => ({ ...now, url: asked }) })} />
      </Section>
      <Section title={t("web.lists")} lead={t("web.lists_lead")} id="lists"><Lists /></Section>
      <Section title={t("web.exceptions")} lead={t("web.exceptions_lead")} id="entries">
        <EntriesTable kind={useWebExceptionKind()} pages={pages} search={search} onSearch={(change) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true })} />
      </Section>
      <Section title={t("settings.title")} id="settings">
        <SettingsForm feature="web_reputation" only={["enabled", "level", "shape", "untested", "lists"]} fields={{ level: (field) => <LevelField {...field} /> }} />
      </Section>
    </Page>
  );
}
