// SPDX-License-Identifier: Apache-2.0
/** Approved addresses and keywords as the general list of entries draws them. */
import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import { AddedCell, ExpiryCell, ListCell, NoteCell } from "@/shared/entries/cells";
import type { EntriesKind } from "@/shared/entries/entries";
import { Foreign } from "@/shared/ui/Foreign";

const PATH = "/api/v1/web_reputation/exceptions";

export function useWebExceptionKind(): EntriesKind<Schemas["WebException"], Schemas["NewWebException"]> {
  const { t } = useTranslation();
  return {
    noun: "web",
    lists: ["approved", "keyword"],
    queryKey: "web_reputation",
    name: ({ pattern }) => pattern,
    blank: { list: "approved", pattern: "", note: "", expires_at: null },
    again: ({ list, pattern, note, expires_at }) => ({ list, pattern, note, expires_at }),
    columns: [
      { key: "pattern", label: t("entries.web.pattern"), sort: "pattern", cell: ({ pattern }) => <b className="mono"><Foreign>{pattern}</Foreign></b> },
      { key: "list", label: t("entries.list"), cell: ListCell },
      { key: "note", label: t("entries.note"), cell: NoteCell },
      { key: "expires", label: t("entries.expires"), sort: "expires", cell: ExpiryCell },
      { key: "created", label: t("entries.created"), sort: "created", cell: AddedCell },
    ],
    fields: ({ value, onChange, fixed, error }) => (
      <TextInput data-autofocus label={t("entries.web.pattern")} description={t(`entries.web.help_${value.list}`)} placeholder={value.list === "keyword" ? "magic_link" : "*.partner.test"} classNames={{ input: "mono" }} autoComplete="off" spellCheck={false} disabled={fixed} value={value.pattern} error={error} onChange={(event) => onChange({ pattern: event.currentTarget.value })} />
    ),
    add: (body) => take(api.POST(PATH, { body })),
    remove: (ids) => take(api.POST(`${PATH}/remove`, { body: { ids } })),
    bring: (body) => take(api.POST(`${PATH}/import`, { body })),
    exportHref: (list) => `${PATH}/export?list=${list}`,
    example: "pattern,note,expires_at\n*.partner.test,since 2024\nportal.partner.test/invoices/",
  };
}
