// SPDX-License-Identifier: Apache-2.0
/** Why was this address refused? The order of evaluation, and for one address the step that decides. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import { Foreign } from "@/shared/ui/Foreign";
import { Lookup } from "@/shared/ui/Lookup";
import { useNumbers } from "@/shared/ui/numbers";
import { Order, type OrderStep, type StepState } from "@/shared/ui/Order";
import { Progress } from "@/shared/ui/Page";
import { Failure } from "@/shared/ui/states";
import { Time } from "@/shared/ui/Time";
import { Verdicted } from "@/shared/ui/Verdicted";

import { addressExplanation } from "./queries";

type Explanation = Schemas["AddressExplanation"];
type Step = Schemas["AddressStep"];

const STEPS: Step[] = ["approved_address", "blocked_address", "approved_country", "blocked_country", "dns_lists", "experience"];

export function AddressLookup({ address, onAsk }: { address?: string; onAsk: (address: string | undefined) => void }) {
  const { t } = useTranslation();
  const { data, error, isFetching, refetch } = useQuery({ ...addressExplanation(address ?? ""), enabled: address !== undefined });
  const shown = address === undefined ? undefined : data;
  return (
    <>
      <Lookup key={address} fields={[{ name: "address", label: t("addresses.lookup_field"), placeholder: "192.0.2.25" }]} values={{ address }} busy={isFetching} onAsk={(asked) => (asked.address === address ? void refetch() : onAsk(asked.address))} />
      {isFetching ? <Progress label={t("addresses.asking")} /> : null}
      {error && address !== undefined ? <Failure error={error} /> : null}
      {shown ? <Outcome found={shown} /> : null}
      <div style={{ marginTop: 12 }}><Order label={t("addresses.order")} steps={useSteps(shown)} /></div>
    </>
  );
}

function Outcome({ found }: { found: Explanation }) {
  const { t } = useTranslation();
  const by = found.steps.find(({ outcome }) => outcome === "decides")?.step;
  const why = found.enabled ? (by ? t(`addresses.step.${by}`) : "") : t("addresses.off");
  return (
    <Verdicted tone={({ heard: "good", refused: "bad", delayed: "later" } as const)[found.result]} answer={found.answer}>
      {t(`addresses.result_${found.result}`, { address: found.address })} {why ? `(${why})` : ""}
    </Verdicted>
  );
}

function useSteps(found: Explanation | undefined): OrderStep[] {
  const { t } = useTranslation();
  const details = useDetails();
  return STEPS.map((key) => {
    const outcome = found?.steps.find(({ step }) => step === key)?.outcome;
    const state: StepState = !outcome ? "plain" : outcome === "decides" ? DECIDED[found?.result ?? "heard"] : outcome;
    const detail = found && outcome !== "not_asked" ? details(key, found, outcome === "decides") : null;
    return { key, title: t(`addresses.step.${key}`), text: detail ?? t(`addresses.step_text.${key}`), state };
  });
}

const DECIDED = { heard: "approves", refused: "refuses", delayed: "delays" } as const;

/** What a step found out, where there is something to say. */
function useDetails() {
  const { t } = useTranslation();
  const { points } = useNumbers();
  return (step: Step, found: Explanation, decides: boolean) => {
    if ((step === "approved_address" || step === "blocked_address") && decides && found.entry) {
      return <><b className="mono">{found.entry.network}</b>{found.entry.note ? <> <Foreign>{found.entry.note}</Foreign></> : null}</>;
    }
    if (step === "approved_country" || step === "blocked_country") {
      if (!found.knows_countries) return t("addresses.no_countries");
      return found.country ? t("addresses.country", { country: found.country }) : t("addresses.no_country");
    }
    if (found.private && (step === "dns_lists" || step === "experience")) return t("addresses.private");
    if (step === "dns_lists" && found.lists.length > 0) {
      return <>{found.lists.map(({ zone, code, trouble }) => <span key={zone} style={{ display: "block" }}><b className="mono">{zone}</b>: {trouble || (code ? t("addresses.listed", { code }) : t("addresses.not_listed"))}</span>)}</>;
    }
    if (step === "experience" && found.experience) {
      const { good, bad, penalty_until } = found.experience;
      return <>{t("addresses.experience", { good: points(good), bad: points(bad) })}{new Date(penalty_until) > new Date() ? <> {t("addresses.until")} <Time at={penalty_until} form="short" /></> : null}</>;
    }
    return null;
  };
}
