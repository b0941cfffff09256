// SPDX-License-Identifier: Apache-2.0
import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { Icon } from "@/shared/ui/Icon";

type Result = NonNullable<Schemas["QuarantineOutcome"]["results"]>[number];

/** What a bulk action did, mail by mail where it did something other than asked. */
export function Outcome({ outcome, onClose }: { outcome: Schemas["QuarantineOutcome"]; onClose: () => void }) {
  const { t } = useTranslation();
  const results = outcome.results ?? [];
  const odd = results.filter(({ outcome: what }) => what !== "released" && what !== "deleted");
  return (
    <div role="status">
      <p style={{ margin: "0 0 10px" }}>
        <b>{t("outcomes.done", { count: outcome.done ?? 0 })}</b> {t("outcomes.other", { count: odd.length })}
      </p>
      <ul className="outcomes">
        {odd.map((one) => (
          <li key={one.id}>
            <Icon name={one.outcome === "failed" || one.outcome === "not_found" ? "fail" : "info"} size={15} />
            <span>
              {words(one, t)} <a href={`/console/messages/${one.id}`} className="mono">{one.id.slice(0, 8)}</a>
            </span>
          </li>
        ))}
      </ul>
      <Group justify="flex-end"><Button onClick={onClose}>{t("close")}</Button></Group>
    </div>
  );
}

function words(one: Result, t: ReturnType<typeof useTranslation>["t"]): string {
  if (one.outcome === "failed") return t("outcomes.failed", { why: one.why ?? "" });
  if (one.outcome === "not_found") return t("outcomes.not_found");
  return one.by ? t(`outcomes.${one.outcome}_by`, { by: one.by }) : t(`outcomes.${one.outcome}`);
}
