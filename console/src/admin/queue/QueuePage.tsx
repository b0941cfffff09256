// SPDX-License-Identifier: Apache-2.0
/** Mail that waits: for whom, why, since when; and what to do about it. */
import { Alert, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { Icon } from "@/shared/ui/Icon";
import { Page, Section } from "@/shared/ui/Page";
import { Empty, Failure, Waiting } from "@/shared/ui/states";

import { Copies } from "./Copies";
import { Destinations } from "./Destinations";
import { OrderDialog, useOrderDialog } from "./OrderDialog";
import { queueState } from "./queries";
import { useSteering } from "./steering";

export function QueuePage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/queue" });
  const navigate = useNavigate({ from: "/queue" });
  const { data, error, refetch } = useQuery(queueState);
  const steering = useSteering();
  const dialog = useOrderDialog();
  const stopped = data?.everything_paused_at != null;
  const waits = (data?.waiting ?? 0) > 0;
  const chosen = search.destination !== undefined || search.q !== undefined;
  const actions = data ? (
    <>
      {waits ? <Button variant="default" leftSection={<Icon name="refresh" size={15} />} onClick={() => dialog.ask({ action: "retry", selection: { destination: "*" } })}>{t("queue.retry_all")}</Button> : null}
      {stopped ? null : <Button variant="default" leftSection={<Icon name="clock" size={15} />} loading={steering.isPending} onClick={() => steering.mutate({ action: "pause", names: ["*"] })}>{t("queue.pause_all")}</Button>}
    </>
  ) : null;
  return (
    <Page title={t("place.queue")} lead={t("queue.lead")} docs="delivery" actions={actions}>
      {stopped ? (
        <Alert color="yellow.9" variant="outline" icon={<Icon name="clock" />} title={t("queue.all_paused", { actor: data.everything_paused_by })}>
          <p style={{ margin: "0 0 10px" }}>{t("queue.all_paused_why")}</p>
          <Button size="compact-sm" loading={steering.isPending} onClick={() => steering.mutate({ action: "resume", names: ["*"] })}>{t("queue.resume_all")}</Button>
        </Alert>
      ) : null}
      {error && !data ? <Failure error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Waiting rows={5} /> : null}
      {data && data.destinations.length === 0 ? (
        <Empty icon="check" title={t("queue.empty")}><p>{t("queue.empty_why")}</p></Empty>
      ) : null}
      {data && data.destinations.length > 0 ? (
        <Section title={t("queue.destinations")} lead={t("queue.destinations_lead", { count: data.waiting })} id="destinations">
          <Destinations
            rows={data.destinations}
            leftOut={data.left_out}
            chosen={search.destination}
            busy={steering.isPending}
            onChoose={(destination) => void navigate({ search: (now) => ({ ...now, destination: destination === now.destination ? undefined : destination }) })}
            onRetry={(destination) => dialog.ask({ action: "retry", selection: { destination } })}
            onSteer={(action, name) => steering.mutate({ action, names: [name] })}
          />
        </Section>
      ) : null}
      {waits || chosen ? (
        <Section
          title={search.destination ? t("queue.copies_of", { name: search.destination }) : t("queue.copies")}
          lead={t("queue.copies_lead")}
          id="copies"
          actions={search.destination ? <Button size="compact-sm" variant="default" onClick={() => void navigate({ search: (now) => ({ ...now, destination: undefined }) })}>{t("queue.every_destination")}</Button> : null}
        >
          <Copies search={search} onSearch={(q) => void navigate({ search: (now) => ({ ...now, q: q || undefined }), replace: true })} ask={dialog.ask} />
        </Section>
      ) : null}
      <OrderDialog state={dialog} />
    </Page>
  );
}
