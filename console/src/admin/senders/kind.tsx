// SPDX-License-Identifier: Apache-2.0
/** Approved and blocked senders as the general list of entries draws them. */
import { Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import { AddedCell, ExpiryCell, ListCell, NoteCell } from "@/shared/entries/cells";
import type { EntriesKind } from "@/shared/entries/entries";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";

type Entry = Schemas["SenderEntry"];
type New = Schemas["NewSenderEntry"];

const PATH = "/api/v1/sender_filter/senders";

export function useSenderKind(): EntriesKind<Entry, New> {
  const { t } = useTranslation();
  return {
    noun: "sender",
    queryKey: "sender_filter",
    name: ({ pattern }) => pattern,
    blank: { list: "blocked", pattern: "", target: "", unauthenticated: false, note: "", expires_at: null },
    again: ({ list, pattern, target, unauthenticated, note, expires_at }) => ({ list, pattern, target, unauthenticated, note, expires_at }),
    columns: [
      { key: "pattern", label: t("entries.sender.pattern"), sort: "pattern", cell: ({ pattern }) => <b className="mono"><Foreign>{pattern}</Foreign></b> },
      { key: "target", label: t("entries.sender.target"), sort: "target", cell: ({ target }) => (target ? <Foreign mono>{target}</Foreign> : <span className="quiet">{t("entries.sender.everybody")}</span>) },
      { key: "list", label: t("entries.list"), cell: (entry) => <>{ListCell(entry)}<Proof entry={entry} /></> },
      { key: "note", label: t("entries.note"), cell: NoteCell },
      { key: "expires", label: t("entries.expires"), sort: "expires", cell: ExpiryCell },
      { key: "created", label: t("entries.created"), sort: "created", cell: AddedCell },
    ],
    fields: ({ value, onChange, fixed, error }) => (
      <>
        <TextInput data-autofocus label={t("entries.sender.pattern")} description={t("entries.sender.pattern_help")} placeholder="*@*.partner.test" classNames={{ input: "mono" }} autoComplete="off" spellCheck={false} disabled={fixed} value={value.pattern} error={error} onChange={(event) => onChange({ pattern: event.currentTarget.value })} />
        <TextInput label={t("entries.sender.target")} description={t("entries.sender.target_help")} placeholder={t("entries.sender.everybody")} classNames={{ input: "mono" }} autoComplete="off" spellCheck={false} disabled={fixed} value={value.target} onChange={(event) => onChange({ target: event.currentTarget.value })} />
        {value.list === "approved" ? <Switch label={t("entries.sender.unproved")} description={t("entries.sender.unproved_help")} checked={value.unauthenticated} onChange={(event) => onChange({ unauthenticated: event.currentTarget.checked })} /> : null}
      </>
    ),
    add: (body) => take(api.POST(PATH, { body: body.list === "blocked" ? { ...body, unauthenticated: false } : body })),
    remove: (ids) => take(api.POST(`${PATH}/remove`, { body: { ids } })),
    bring: (body) => take(api.POST(`${PATH}/import`, { body })),
    exportHref: (list) => `${PATH}/export?list=${list}`,
    example: "pattern,target,note,unauthenticated,expires_at\nnews@shop.test\n*@*.partner.test,example.com,since 2024",
  };
}

/** Whether an approval counts without proof is seen at a glance. */
function Proof({ entry: { list, unauthenticated } }: { entry: Entry }) {
  const { t } = useTranslation();
  if (list === "blocked") return null;
  return unauthenticated
    ? <span className="state" style={{ color: "var(--v-spam)", display: "flex" }}><Icon name="warning" size={13} /> {t("entries.sender.no_proof")}</span>
    : <span className="state" style={{ display: "flex" }}><Icon name="lock" size={13} /> {t("entries.sender.proof")}</span>;
}
