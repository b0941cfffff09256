// SPDX-License-Identifier: Apache-2.0
/** Approved and blocked addresses as the general list of entries draws them. */
import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import { AddedCell, ExpiryCell, ListCell, NoteCell } from "@/shared/entries/cells";
import type { EntriesKind } from "@/shared/entries/entries";
import { Foreign } from "@/shared/ui/Foreign";

type Entry = Schemas["AddressEntry"];
type New = Schemas["NewAddressEntry"];

const PATH = "/api/v1/ip_reputation/addresses";

export function useAddressKind(): EntriesKind<Entry, New> {
  const { t } = useTranslation();
  return {
    noun: "address",
    queryKey: "ip_reputation",
    name: ({ network }) => network,
    blank: { list: "blocked", network: "", note: "", expires_at: null },
    again: ({ list, network, note, expires_at }) => ({ list, network, note, expires_at }),
    columns: [
      { key: "network", label: t("entries.address.network"), sort: "network", cell: ({ network }) => <b className="mono"><Foreign>{network}</Foreign></b> },
      { key: "list", label: t("entries.list"), cell: ListCell },
      { key: "note", label: t("entries.note"), cell: NoteCell },
      { key: "expires", label: t("entries.expires"), sort: "expires", cell: ExpiryCell },
      { key: "created", label: t("entries.created"), sort: "created", cell: AddedCell },
    ],
    fields: ({ value, onChange, fixed, error }) => (
      <TextInput data-autofocus label={t("entries.address.network")} description={t("entries.address.network_help")} placeholder="192.0.2.0/24" classNames={{ input: "mono" }} autoComplete="off" spellCheck={false} disabled={fixed} value={value.network} error={error} onChange={(event) => onChange({ network: event.currentTarget.value })} />
    ),
    add: (body) => take(api.POST(PATH, { body })),
    remove: (ids) => take(api.POST(`${PATH}/remove`, { body: { ids } })),
    bring: (body) => take(api.POST(`${PATH}/import`, { body })),
    exportHref: (list) => `${PATH}/export?list=${list}`,
    example: "network,note,expires_at\n192.0.2.0/24,old mail gateway\n2001:db8::25",
  };
}
