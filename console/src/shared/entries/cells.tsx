// SPDX-License-Identifier: Apache-2.0
/** The columns that every list of entries has. */
import { useTranslation } from "react-i18next";

import { Foreign } from "@/shared/ui/Foreign";
import { Icon, type IconName } from "@/shared/ui/Icon";
import { Time } from "@/shared/ui/Time";

import type { Entry, ListWord } from "./entries";

const LOOKS: Record<ListWord, [tone: string, icon: IconName]> = { approved: ["clean", "check"], blocked: ["phishing", "fail"], keyword: ["graymail", "search"] };

export function ListCell({ list }: Pick<Entry, "list">) {
  return <ListBadge list={list} />;
}

function ListBadge({ list }: Pick<Entry, "list">) {
  const { t } = useTranslation();
  return <span className="badge" style={{ "--tone": `var(--v-${LOOKS[list][0]})` } as React.CSSProperties}><Icon name={LOOKS[list][1]} size={13} /> {t(`entries.${list}`)}</span>;
}

export function NoteCell({ note }: Pick<Entry, "note">) {
  return note ? <Foreign>{note}</Foreign> : null;
}

export function ExpiryCell({ expires_at }: Pick<Entry, "expires_at">) {
  return <Expiry at={expires_at} />;
}

function Expiry({ at }: { at: string | null }) {
  const { t } = useTranslation();
  return at ? <Time at={at} form="short" /> : <span className="quiet">{t("entries.never")}</span>;
}

export function AddedCell({ created_at, created_by }: Pick<Entry, "created_at" | "created_by">) {
  return <span className="quiet"><Time at={created_at} form="short" /> <Foreign>{created_by}</Foreign></span>;
}
