// SPDX-License-Identifier: Apache-2.0
/** Verdicts and states: colour, icon and word together, never colour alone. */
import { useTranslation } from "react-i18next";

import type { Schemas, Verdict } from "@/shared/api/client";

import { Icon, type IconName } from "./Icon";

const ICONS: Record<Verdict, IconName> = {
  clean: "check",
  spam: "megaphone",
  phishing: "hook",
  bec: "mask",
  graymail: "news",
  social_engineering: "person",
  web_reputation: "globe",
  malware: "bug",
  unscannable: "lock",
};

const STATUS_ICONS: Record<Schemas["Status"], IconName> = {
  delivered: "check",
  queued: "clock",
  quarantined: "quarantine",
  deleted: "trash",
  rejected: "fail",
  bounced: "back",
  expired: "clock",
  taken: "inbound",
  read: "check",
};

/** The classes in the order that charts and legends use. */
export const VERDICTS = Object.keys(ICONS) as Verdict[];

export function verdictIcon(verdict: Verdict): IconName {
  return ICONS[verdict];
}

export function VerdictBadge({ verdict, big = false }: { verdict: Verdict; big?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className="badge" data-big={big || undefined} style={{ "--tone": `var(--v-${verdict})` } as React.CSSProperties}>
      <Icon name={ICONS[verdict]} size={big ? 17 : 14} />
      {t(`verdict.${verdict}`)}
    </span>
  );
}

export function StatusWord({ status }: { status: Schemas["Status"] }) {
  const { t } = useTranslation();
  return (
    <span className="state">
      <Icon name={STATUS_ICONS[status]} size={14} />
      {t(`status.${status}`)}
    </span>
  );
}
