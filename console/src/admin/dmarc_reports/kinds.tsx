// SPDX-License-Identifier: Apache-2.0
/** What a source looks like, as colour, icon and word together. */
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { Icon, type IconName } from "@/shared/ui/Icon";

const LOOKS: Record<Schemas["SourceKind"], [tone: string, icon: IconName]> = {
  good: ["clean", "check"],
  mixed: ["spam", "warning"],
  unaligned: ["spam", "pencil"],
  forwarder: ["graymail", "outbound"],
  unproved: ["phishing", "unknown"],
};

export const KINDS = Object.keys(LOOKS) as Schemas["SourceKind"][];

export function KindBadge({ kind }: { kind: Schemas["SourceKind"] }) {
  const { t } = useTranslation();
  const [tone, icon] = LOOKS[kind];
  return <span className="badge" style={{ "--tone": `var(--v-${tone})` } as React.CSSProperties}><Icon name={icon} size={14} /> {t(`dmarc.kind_${kind}`)}</span>;
}
