// SPDX-License-Identifier: Apache-2.0
/** The DMARC record of each domain: as it should be for reports to come here, and as the DNS has it now. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { RecordCard } from "@/shared/dns/RecordCard";
import { Icon } from "@/shared/ui/Icon";
import { Empty, Failure, Waiting } from "@/shared/ui/states";

import styles from "./dmarc.module.css";
import { dmarcRecords } from "./queries";

export function Records() {
  const { t } = useTranslation();
  const { data, error, refetch, isFetching } = useQuery(dmarcRecords);
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={3} height={140} />;
  return (
    <>
      <div className={styles.filters}>
        <p className="quiet" style={{ flex: 1, margin: 0 }}>{t("dmarc.records_lead")}</p>
        <Button variant="default" loading={isFetching} onClick={() => void refetch()} leftSection={<Icon name="refresh" size={16} />}>{t("dmarc.ask_again")}</Button>
      </div>
      {data.address ? null : (
        <p className={`card ${styles.hint}`}><Icon name="info" size={16} /> <span>{t("dmarc.no_address")} <Link to="/dmarc_reports" search={{ tab: "settings" }}>{t("dmarc.empty_address")}</Link></span></p>
      )}
      {data.items.length === 0 ? <div className="card"><Empty icon="domains" title={t("dmarc.no_domains")} /></div> : null}
      {data.items.map((one) => (
        <RecordCard
          key={one.name} type="TXT" name={one.name} expected={one.expected} found={one.found} state={one.state}
          why={t(one.purpose === "agreement" ? "dmarc.why_agreement" : "dmarc.why_policy", { domain: one.domain })}
          note={one.notes.length > 0 ? <ul className={styles.notes}>{one.notes.map((note) => <li key={note}>{t(`dmarc.note_${note}`, note)}</li>)}</ul> : undefined}
        />
      ))}
    </>
  );
}
