// SPDX-License-Identifier: Apache-2.0
/** Who sends mail in the name of our domains, as others report it; and what we report to others. */
import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { SettingsForm } from "@/shared/settings/SettingsForm";
import { Page, Section } from "@/shared/ui/Page";

import styles from "./dmarc.module.css";
import { Received } from "./Received";
import { Records } from "./Records";
import { Sending } from "./Sending";
import { Sources } from "./Sources";
import { type DmarcTab, TABS } from "./tabs";

export function DmarcReportsPage() {
  const { t } = useTranslation();
  const { tab = "sources" } = useSearch({ from: "/inside/dmarc_reports" });
  const navigate = useNavigate({ from: "/dmarc_reports" });
  const open = (next: string | null) => {
    const found = TABS.find((one) => one === next);
    void navigate({ search: (now) => ({ ...now, source: undefined, tab: found === "sources" ? undefined : (found as DmarcTab) }) });
  };
  return (
    <Page title={t("place.dmarc_reports")} lead={t("dmarc.lead")} docs="dmarc_reports">
      <Tabs value={tab} onChange={open} keepMounted={false}>
        <Tabs.List aria-label={t("dmarc.tabs")} className={styles.tabs}>
          {TABS.map((name) => <Tabs.Tab key={name} value={name}>{t(`dmarc.tab_${name}`)}</Tabs.Tab>)}
        </Tabs.List>
        <Tabs.Panel value="sources" className={styles.panel}><Sources /></Tabs.Panel>
        <Tabs.Panel value="received" className={styles.panel}><Received /></Tabs.Panel>
        <Tabs.Panel value="records" className={styles.panel}><Records /></Tabs.Panel>
        <Tabs.Panel value="sending" className={styles.panel}><Sending /></Tabs.Panel>
        <Tabs.Panel value="settings" className={styles.panel}>
          <Section title={t("settings.title")}><SettingsForm feature="dmarc_reports" /></Section>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
