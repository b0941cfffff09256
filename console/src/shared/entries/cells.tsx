// SPDX-License-Identifier: Apache-2.0
/** The columns that every list of entries has. */
import { useTranslation } from "react-i18next";

import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Time } from "@/shared/ui/Time";

import type { Entry } from "./entries";

export function ListCell({ list }: Pick<Entry, "list">) {
  return <ListBadge list={list} />;
}

function ListBadge({ list }: Pick<Entry, "list">) {
  const { t } = useTranslation();
  return <span className="badge" style={{ "--tone": `var(--v-${list === "approved" ? "clean" : "phishing"})` } as React.CSSProperties}><Icon name={list === "approved" ? "check" : "fail"} size={13} /> {t(`entries.${list}`)}</span>;
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
