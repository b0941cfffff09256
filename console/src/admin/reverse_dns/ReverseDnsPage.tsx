// SPDX-License-Identifier: Apache-2.0
/** What the name of a connecting server must be like, and for whom. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import { SettingsForm } from "@/shared/settings/SettingsForm";
import { Foreign } from "@/shared/ui/Foreign";
import { Lookup } from "@/shared/ui/Lookup";
import { Page, Progress, Section } from "@/shared/ui/Page";
import { Failure } from "@/shared/ui/states";
import { Verdicted } from "@/shared/ui/Verdicted";

const namesExplanation = (address: string, sender: string) =>
  queryOptions({
    queryKey: ["reverse_dns", "explanation", address, sender],
    refetchOnWindowFocus: false,
    retry: false,
    queryFn: ({ signal }) => take(api.GET("/api/v1/reverse_dns/explanation", { params: { query: { address, sender } }, signal })),
  });

export function ReverseDnsPage() {
  const { t } = useTranslation();
  const { address, sender } = useSearch({ from: "/inside/reverse_dns" });
  const navigate = useNavigate({ from: "/reverse_dns" });
  const { data, error, isFetching, refetch } = useQuery({ ...namesExplanation(address ?? "", sender ?? ""), enabled: address !== undefined });
  const fields = [{ name: "address", label: t("addresses.lookup_field"), placeholder: "192.0.2.25" }, { name: "sender", label: t("reverse_dns.sender"), placeholder: "ann@sender.test", optional: true }];
  const ask = (asked: { address?: string; sender?: string }) => (asked.address === address && asked.sender === sender ? void refetch() : void navigate({ search: asked }));
  return (
    <Page title={t("place.reverse_dns")} lead={t("reverse_dns.lead")} docs="reverse_dns">
      <Section title={t("reverse_dns.lookup")} lead={t("reverse_dns.lookup_lead")} id="lookup">
        <Lookup key={`${address} ${sender}`} fields={fields} values={{ address, sender }} busy={isFetching} onAsk={ask} />
        {isFetching ? <Progress label={t("reverse_dns.asking")} /> : null}
        {error && address !== undefined ? <Failure error={error} /> : null}
        {data && address !== undefined ? <Outcome found={data} /> : null}
      </Section>
      <Section title={t("reverse_dns.rules")} lead={t("reverse_dns.rules_lead")} id="rules"><SettingsForm feature="reverse_dns" /></Section>
    </Page>
  );
}

function Outcome({ found }: { found: Schemas["NamesExplanation"] }) {
  const { t } = useTranslation();
  const rule = found.rule === "default" ? t("reverse_dns.rule_default") : found.rule === "empty sender" ? t("reverse_dns.rule_empty") : found.rule;
  const untrue = found.claimed.filter((name) => !found.true.includes(name));
  const names = (all: string[]) => all.map((name, index) => <span key={name}>{index > 0 ? ", " : ""}<Foreign mono>{name}</Foreign></span>);
  return (
    <>
      <Verdicted tone={({ heard: "good", refused: "bad", delayed: "later" } as const)[found.result]} answer={found.answer}>
        {t(found.asked || found.result !== "heard" ? `addresses.result_${found.result}` : "reverse_dns.result_unasked", { address: found.address })}
      </Verdicted>
      <table className="facts" style={{ marginTop: 10 }}>
        <tbody>
          <tr><th scope="row" style={{ width: 190 }}>{t("reverse_dns.rule")}</th><td><Foreign>{rule}</Foreign>{found.enabled ? null : ` (${t("reverse_dns.off")})`}</td></tr>
          <tr><th scope="row">{t("reverse_dns.true")}</th><td>{found.true.length > 0 ? names(found.true) : <span className="quiet">{t("settings.none")}</span>}</td></tr>
          {untrue.length > 0 ? <tr><th scope="row">{t("reverse_dns.untrue")}</th><td>{names(untrue)}</td></tr> : null}
          {found.dns_answered ? null : <tr><th scope="row">{t("reverse_dns.dns")}</th><td>{t("record.no_answer")}</td></tr>}
        </tbody>
      </table>
    </>
  );
}
