// SPDX-License-Identifier: Apache-2.0
/** A file of peers is first compared with those that are there; only then it is written. */
import { useTranslation } from "react-i18next";

import { api, take } from "@/shared/api/client";
import { ImportDialog } from "@/shared/entries/ImportDialog";

import { type Direction, PEERS } from "./queries";

interface Props {
  opened: boolean;
  direction?: Direction;
  onClose: () => void;
  onDone: () => void;
}

const EXAMPLE = "peer,level,minimum,domain,certificate_name,note\npartner.example,mandatory,1.3,,,contract 7\n*.partner.example,mta_sts";

export function PeerImport({ direction, ...rest }: Props) {
  const { t } = useTranslation();
  return (
    <ImportDialog<Direction>
      {...rest}
      title={t("tls.import")}
      help={t("tls.csv_help")}
      example={EXAMPLE}
      lists={{ label: t("tls.direction"), data: [{ value: "outbound", label: t("tls.outbound_long") }, { value: "inbound", label: t("tls.inbound_long") }], first: direction ?? "outbound" }}
      bring={(to, order) => take(api.POST(`${PEERS}/import`, { body: { direction: to, ...order } }))}
    />
  );
}
