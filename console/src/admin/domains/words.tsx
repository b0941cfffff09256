// SPDX-License-Identifier: Apache-2.0
import { useTranslation } from "react-i18next";

import { Fault } from "@/shared/api/client";
import { Icon, type IconName } from "@/shared/ui/Icon";

import type { DomainState } from "./queries";

const LOOKS: Record<DomainState, [tone: string, icon: IconName]> = {
  verified: ["clean", "check"],
  unverified: ["phishing", "warning"],
  proof_missing: ["spam", "warning"],
};

export function StateBadge({ state }: { state: DomainState }) {
  const { t } = useTranslation();
  const [tone, icon] = LOOKS[state];
  return <span className="badge" style={{ "--tone": `var(--v-${tone})` } as React.CSSProperties}><Icon name={icon} size={14} /> {t(`domains.state.${state}`)}</span>;
}

/** What the server said of a refusal, in one sentence. */
export function useReason(): (error: unknown) => string | undefined {
  const { t } = useTranslation();
  return (error) => {
    if (!error) return undefined;
    if (!(error instanceof Fault)) return String(error);
    const fields = error.problem.errors?.map(({ detail }) => detail).join(" ");
    return fields || (error.problem.detail ?? t("failure.unreachable"));
  };
}
