// SPDX-License-Identifier: Apache-2.0
/** One domain: its servers, its proof, what the DNS says of it, its people, and whether its servers can be reached. */
import { Alert, Button, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { useShortcuts } from "@/shared/state/keys";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { useNumbers } from "@/shared/ui/numbers";
import { Failure, Waiting } from "@/shared/ui/states";
import { useTitle } from "@/shared/ui/useTitle";

import { DeleteDialog } from "./DeleteDialog";
import { DnsTab } from "./DnsTab";
import styles from "./domains.module.css";
import { type Domain, type DomainSearch, domain, isTab, TABS } from "./queries";
import { RecipientsTab } from "./RecipientsTab";
import { ServersTab } from "./ServersTab";
import { TestTab } from "./TestTab";
import { VerificationTab } from "./VerificationTab";
import { StateBadge } from "./words";

export function DomainPage() {
  const { t } = useTranslation();
  const { name } = useParams({ from: "/inside/domains/$name" });
  const { data, error, refetch } = useQuery(domain(name));
  useTitle(name);
  return (
    <div className={`page ${styles.page}`}>
      <Link to="/domains" className={styles.back}><Icon name="back" size={15} /> {t("place.domains")}</Link>
      {data ? null : <h1><Foreign>{name}</Foreign></h1>}
      {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={4} height={64} /> : null}
      {data ? <Loaded data={data} /> : null}
    </div>
  );
}

function Loaded({ data }: { data: Domain }) {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const search = useSearch({ from: "/inside/domains/$name" });
  const navigate = useNavigate({ from: "/domains/$name" });
  const change = (some: Partial<DomainSearch>) => void navigate({ search: (now) => ({ ...now, ...some }), replace: true });
  const shown = search.tab ?? (data.state === "unverified" ? "verification" : "servers");
  useShortcuts({ t: () => change({ tab: TABS[(TABS.indexOf(shown) + 1) % TABS.length] }) });
  const counts = { servers: data.servers.length, recipients: data.recipients };
  return (
    <>
      <header className={styles.head}>
        <h1><Foreign>{data.name}</Foreign></h1>
        <StateBadge state={data.state} />
        <span style={{ flex: 1 }} />
        <Button variant="default" leftSection={<Icon name="trash" size={15} />} onClick={() => change({ open: "delete" })}>{t("domains.delete")}</Button>
      </header>
      {data.state === "unverified" && shown !== "verification" ? (
        <Alert color="red.9" variant="outline" icon={<Icon name="warning" />}>{t("domains.unverified_why")} <button type="button" className={styles.link} onClick={() => change({ tab: "verification" })}>{t("domains.verify_how")}</button></Alert>
      ) : null}
      {data.servers.length === 0 && shown !== "servers" ? <Alert color="red.9" variant="outline" icon={<Icon name="warning" />}>{t("domains.no_servers")}</Alert> : null}
      <Tabs value={shown} onChange={(tab) => isTab(tab) && change({ tab, q: undefined })} keepMounted={false}>
        <Tabs.List aria-label={t("domains.tabs", { name: data.name })}>
          {TABS.map((tab) => <Tabs.Tab key={tab} value={tab}>{t(`domains.tab.${tab}`)}{tab in counts ? <span className={`num ${styles.count}`}>{count(counts[tab as keyof typeof counts])}</span> : null}</Tabs.Tab>)}
        </Tabs.List>
        <Tabs.Panel value="servers" className={styles.panel}><ServersTab data={data} /></Tabs.Panel>
        <Tabs.Panel value="verification" className={styles.panel}><VerificationTab data={data} /></Tabs.Panel>
        <Tabs.Panel value="dns" className={styles.panel}><DnsTab name={data.name} /></Tabs.Panel>
        <Tabs.Panel value="recipients" className={styles.panel}><RecipientsTab data={data} search={search} onSearch={change} /></Tabs.Panel>
        <Tabs.Panel value="test" className={styles.panel}><TestTab data={data} /></Tabs.Panel>
      </Tabs>
      <DeleteDialog name={data.name} opened={search.open === "delete"} onClose={() => change({ open: undefined })} />
    </>
  );
}
