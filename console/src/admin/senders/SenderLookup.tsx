// SPDX-License-Identifier: Apache-2.0
/** What would happen to mail from this sender to this person? The four steps, and the one that decides. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { useSchemaWords } from "@/shared/settings/words";
import { Foreign } from "@/shared/ui/Foreign";
import { Lookup } from "@/shared/ui/Lookup";
import { Order, type OrderStep } from "@/shared/ui/Order";
import { Failure } from "@/shared/ui/states";
import { Verdicted } from "@/shared/ui/Verdicted";

import { senderExplanation } from "./queries";

type Explanation = Schemas["SenderExplanation"];

const STEPS: Schemas["SenderStep"][] = ["person_blocks", "organization_blocks", "person_approves", "organization_approves"];

interface Props {
  sender?: string;
  recipient?: string;
  onAsk: (asked: { sender?: string; recipient?: string }) => void;
}

export function SenderLookup({ sender, recipient, onAsk }: Props) {
  const { t } = useTranslation();
  const asked = sender !== undefined && recipient !== undefined;
  const { data, error, isFetching } = useQuery({ ...senderExplanation(sender ?? "", recipient ?? ""), enabled: asked });
  const shown = asked ? data : undefined;
  const fields = [{ name: "sender", label: t("senders.from"), placeholder: "news@shop.test" }, { name: "recipient", label: t("senders.to"), placeholder: "lee@example.test" }];
  return (
    <>
      <Lookup key={`${sender} ${recipient}`} fields={fields} values={{ sender, recipient }} busy={isFetching} onAsk={onAsk} />
      {error && asked ? <Failure error={error} /> : null}
      {shown ? <Outcome found={shown} /> : null}
      <div style={{ marginTop: 12 }}><Order label={t("senders.order")} steps={useSteps(shown)} /></div>
    </>
  );
}

function Outcome({ found }: { found: Explanation }) {
  const { t } = useTranslation();
  const { choice } = useSchemaWords();
  if (!found.enabled) return <Verdicted tone="open">{t("senders.off")}</Verdicted>;
  const { sender, recipient } = found;
  if (found.result === "blocked") return <Verdicted tone="bad" answer={found.answer}>{t("senders.result_blocked", { sender, recipient })}</Verdicted>;
  if (found.result === "unknown") return <Verdicted tone="open">{t("senders.result_unknown", { sender, recipient })}</Verdicted>;
  const skips = found.skips.map(choice).join(", ");
  return (
    <Verdicted tone="good">
      {t(found.needs_proof ? "senders.result_proof" : "senders.result_approved", { sender, recipient })}
      <span style={{ display: "block", fontWeight: 400 }}>{skips ? t("senders.skips", { skips }) : t("senders.skips_none")}</span>
    </Verdicted>
  );
}

function useSteps(found: Explanation | undefined): OrderStep[] {
  const { t } = useTranslation();
  const end = found?.steps.findIndex(({ decides }) => decides) ?? -1;
  return STEPS.map((key, index) => {
    const entry = found?.steps.find(({ step }) => step === key)?.entry;
    const state = !found ? "plain" : !found.enabled ? "unused" : index === end ? (index < 2 ? "refuses" : "approves") : end >= 0 && index > end ? "not_asked" : "passes";
    const text = entry ? <><b className="mono"><Foreign>{entry.pattern}</Foreign></b>{entry.target ? <> {t("senders.for")} <Foreign mono>{entry.target}</Foreign></> : null}{entry.note ? <> <Foreign>{entry.note}</Foreign></> : null}</> : t(`senders.step_text.${key}`);
    return { key, title: t(`senders.step.${key}`), text, state };
  });
}
