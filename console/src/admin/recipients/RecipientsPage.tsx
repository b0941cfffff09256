// SPDX-License-Identifier: Apache-2.0
/** For which domains mail to people who do not exist is refused at once. */
import { Button, Group, Switch } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Fault, type Schemas } from "@/shared/api/client";
import { Dialog } from "@/shared/ui/Dialog";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Lookup } from "@/shared/ui/Lookup";
import { useNumbers } from "@/shared/ui/numbers";
import { Page, Progress, Section } from "@/shared/ui/Page";
import { Empty, Failure, Waiting } from "@/shared/ui/states";
import { say } from "@/shared/ui/toasts";
import { Verdicted } from "@/shared/ui/Verdicted";

import { change, standing, switches } from "./queries";

type Row = Schemas["DomainRow"];

interface Order {
  domains: Row[];
  on: boolean;
}

export function RecipientsPage() {
  const { t } = useTranslation();
  const { address } = useSearch({ from: "/inside/recipients" });
  const navigate = useNavigate({ from: "/recipients" });
  const { data, error, isFetching } = useQuery({ ...standing(address ?? ""), enabled: address !== undefined });
  return (
    <Page title={t("place.recipients")} lead={t("recipients.lead")} docs="recipient_filter">
      <Section title={t("recipients.lookup")} lead={t("recipients.lookup_lead")} id="lookup">
        <Lookup key={address} fields={[{ name: "address", label: t("recipients.address"), placeholder: "lee@example.test" }]} values={{ address }} busy={isFetching} onAsk={(asked) => void navigate({ search: asked })} />
        {error && address !== undefined ? <Failure error={error} /> : null}
        {data && address !== undefined ? <Verdicted tone={data === "foreign" || data === "unknown" ? "bad" : "good"}>{t(`recipients.standing_${data}`, { address })}</Verdicted> : null}
      </Section>
      <Section title={t("recipients.filter")} lead={t("recipients.filter_lead")} id="filter"><Switches /></Section>
    </Page>
  );
}

function Switches() {
  const { t } = useTranslation();
  const { count } = useNumbers();
  const client = useQueryClient();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(switches);
  const [asking, setAsking] = useState<Order>();
  const [done, setDone] = useState(0);
  const domains = data?.pages.flatMap(({ items }) => items) ?? [];
  const act = useMutation({
    mutationFn: async ({ domains: chosen, on }: Order) => {
      setDone(0);
      for (const { name } of chosen) {
        await change(name, on);
        setDone((now) => now + 1);
      }
    },
    onSuccess: (_unused, order) => {
      setAsking(undefined);
      say(t(order.on ? "recipients.switched_on" : "recipients.switched_off", { count: order.domains.length, name: order.domains[0]?.name }));
    },
    onError: (fault) => say(fault instanceof Fault ? (fault.problem.detail ?? fault.message) : String(fault), "bad"),
    onSettled: () => void client.invalidateQueries(),
  });
  // One domain at a time is done at once, unless it would shut everybody out.
  const order = (asked: Order) => (asked.domains.length > 1 || (asked.on && asked.domains.some(({ recipients }) => recipients === 0)) ? setAsking(asked) : act.mutate(asked));

  if (error && !data) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting rows={3} height={38} />;
  if (domains.length === 0) return <Empty icon="recipients" title={t("recipients.none")}><p>{t("recipients.none_why")}</p></Empty>;
  const off = domains.filter(({ recipient_filter }) => !recipient_filter);
  const on = domains.filter(({ recipient_filter }) => recipient_filter);
  return (
    <>
      {domains.length > 1 ? (
        <Group gap="sm" mb="xs">
          <Button variant="default" size="compact-sm" disabled={off.length === 0} onClick={() => order({ domains: off, on: true })}>{t("recipients.all_on")}</Button>
          <Button variant="default" size="compact-sm" disabled={on.length === 0} onClick={() => order({ domains: on, on: false })}>{t("recipients.all_off")}</Button>
        </Group>
      ) : null}
      <table className="facts">
        <thead><tr><th scope="col">{t("recipients.domain")}</th><th scope="col">{t("recipients.known")}</th><th scope="col">{t("recipients.unknown")}</th></tr></thead>
        <tbody>
          {domains.map((domain) => (
            <tr key={domain.name}>
              <th scope="row"><Foreign mono>{domain.name}</Foreign></th>
              <td className="num">{count(domain.recipients)}{domain.recipients === 0 && domain.recipient_filter ? <span className="state" style={{ color: "var(--v-phishing)", display: "flex", whiteSpace: "normal" }}><Icon name="warning" size={14} /> {t("recipients.shut")}</span> : null}</td>
              <td><Switch label={t(domain.recipient_filter ? "recipients.refused" : "recipients.taken")} aria-label={t("recipients.switch", { domain: domain.name })} checked={domain.recipient_filter} disabled={act.isPending} onChange={(event) => order({ domains: [domain], on: event.currentTarget.checked })} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      {hasNextPage ? <Button variant="default" mt="sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("list.more")}</Button> : null}
      <Dialog opened={asking !== undefined} onClose={() => setAsking(undefined)} title={t(asking?.on ? "recipients.ask_on" : "recipients.ask_off", { count: asking?.domains.length ?? 0 })}>
        <ul style={{ margin: "0 0 14px", paddingInlineStart: 18 }}>
          {asking?.domains.map(({ name, recipients }) => <li key={name}><Foreign mono>{name}</Foreign> {asking.on ? <span style={recipients === 0 ? { color: "var(--v-phishing)" } : undefined}>{recipients === 0 ? t("recipients.would_shut") : t("recipients.would_know", { count: recipients, shown: count(recipients) })}</span> : null}</li>)}
        </ul>
        {act.isPending && asking ? <Progress label={t("recipients.switching")} done={done} total={asking.domains.length} /> : null}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={() => setAsking(undefined)}>{t("cancel")}</Button>
          <Button data-autofocus color={asking?.on && asking.domains.some(({ recipients }) => recipients === 0) ? "red.9" : undefined} loading={act.isPending} onClick={() => asking && act.mutate(asking)}>{t(asking?.on ? "recipients.on" : "recipients.off", { count: asking?.domains.length ?? 0 })}</Button>
        </Group>
      </Dialog>
    </>
  );
}
