// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { RecordCard, type RecordState } from "@/shared/dns/RecordCard";
import { Copy } from "@/shared/ui/Copy";

import styles from "./domains.module.css";

const STATES: Record<Schemas["DnsState"], RecordState> = { ok: "ok", warning: "differs", missing: "missing", wrong: "differs", unknown: "unknown" };

/** A record that the server checked. Of several values that would do, the first stands in the card, the rest below. */
export function CheckedRecord({ check }: { check: Schemas["DnsCheck"] }) {
  const { t, i18n } = useTranslation();
  const [first, ...others] = check.expected;
  const why = i18n.exists(`domains.why.${check.kind}`) ? t(`domains.why.${check.kind}`) : check.why;
  const note = (
    <>
      {others.length > 0 ? <div>{t("domains.also")} {others.map((value) => <span key={value} className={styles.also}><code className="break">{value}</code><Copy text={value} label={t("record.copy_value")} /></span>)}</div> : null}
      {check.advice ? <div className={styles.advice} data-state={check.state}>{check.advice}</div> : null}
    </>
  );
  return <RecordCard type={check.record_type} name={check.name} expected={first ?? ""} found={check.found} state={STATES[check.state]} why={why} note={note} />;
}
