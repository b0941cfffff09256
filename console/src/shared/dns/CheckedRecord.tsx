// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { said } from "@/shared/i18n";
import { Copy } from "@/shared/ui/Copy";

import styles from "./record.module.css";
import { RecordCard, type RecordState } from "./RecordCard";

const STATES: Record<Schemas["DnsState"], RecordState> = { ok: "ok", warning: "differs", missing: "missing", wrong: "differs", unknown: "unknown" };

/** A record that the server checked. Of several values that would do, the first stands in the card, the rest below. */
export function CheckedRecord({ check, children }: { check: Schemas["DnsCheck"]; children?: ReactNode }) {
  const { t } = useTranslation();
  const [first, ...others] = check.expected;
  const note = (
    <>
      {others.length > 0 ? <div>{t("domains.also")} {others.map((value) => <span key={value} className={styles.also}><code className="break">{value}</code><Copy text={value} label={t("record.copy_value")} /></span>)}</div> : null}
      {check.advice ? <div className={styles.advice} data-state={check.state}>{said(check.advice, check.advice_id, check.advice_values)}</div> : null}
      {children}
    </>
  );
  return <RecordCard type={check.record_type} name={check.name} expected={first ?? ""} found={check.found} state={STATES[check.state]} why={said(check.why, check.why_id)} note={note} />;
}
