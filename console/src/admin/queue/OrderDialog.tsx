// SPDX-License-Identifier: Apache-2.0
/** Trying now, giving back, deleting: the server counts first, the question names the effect, then one request does it. */
import { Button, Group, Skeleton } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, type Schemas, take } from "@/shared/api/client";
import { Dialog } from "@/shared/ui/Dialog";
import { Failure } from "@/shared/ui/states";
import { say } from "@/shared/ui/toasts";

import type { Order } from "./queries";

type Asked = Omit<Order, "dry_run">;
type Outcome = Schemas["QueueOutcome"];

export function useOrderDialog() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [order, setOrder] = useState<Asked>();
  const [after, setAfter] = useState<() => void>();
  const plan = useMutation({ mutationFn: (asked: Asked) => post(asked, true) });
  const act = useMutation({
    mutationFn: (asked: Asked) => post(asked, false),
    onSuccess: (outcome, { action }) => {
      say(t(`queue.done.${action}`, { count: outcome.done }));
      after?.();
      setOrder(undefined);
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ["queue"] }),
  });
  const ask = (asked: Asked, onDone?: () => void) => {
    act.reset();
    setOrder(asked);
    setAfter(() => onDone);
    plan.mutate(asked);
  };
  return { order, plan, act, ask, close: () => setOrder(undefined) };
}

export function OrderDialog({ state: { order, plan, act, close } }: { state: ReturnType<typeof useOrderDialog> }) {
  const { t } = useTranslation();
  const outcome = plan.data;
  return (
    <Dialog opened={order !== undefined} onClose={close} title={order ? t(`queue.ask.${order.action}`) : ""}>
      {plan.error ? <Failure error={plan.error} /> : null}
      {act.error ? <Failure error={act.error} /> : null}
      {order && !plan.error && !act.error ? (
        <>
          {outcome && !plan.isPending ? <Effect action={order.action} outcome={outcome} /> : <Skeleton height={64} />}
          <Group justify="flex-end" gap="sm" mt="md">
            <Button variant="default" onClick={close}>{t("cancel")}</Button>
            <Button key={outcome ? "counted" : "counting"} ref={(button) => button?.focus()} color={order.action === "delete" ? "red.9" : undefined} loading={act.isPending} disabled={!outcome?.done || plan.isPending} onClick={() => act.mutate(order)}>
              {t(`queue.button.${order.action}`, { count: outcome?.done ?? 0 })}
            </Button>
          </Group>
        </>
      ) : null}
    </Dialog>
  );
}

function Effect({ action, outcome }: { action: Order["action"]; outcome: Outcome }) {
  const { t } = useTranslation();
  return (
    <>
      <p style={{ margin: "0 0 8px" }}>{t(`queue.effect.${action}`, { count: outcome.done })}</p>
      <ul style={{ margin: 0, paddingInlineStart: 18 }}>
        {action === "bounce" && outcome.told ? <li>{t("queue.told", { count: outcome.told })}</li> : null}
        {action === "bounce" && outcome.held ? <li>{t("queue.held", { count: outcome.held })}</li> : null}
        {outcome.paused ? <li>{t("queue.stay_paused", { count: outcome.paused })}</li> : null}
        {outcome.under_way ? <li>{t("queue.left_alone", { count: outcome.under_way })}</li> : null}
      </ul>
    </>
  );
}

function post({ action, selection }: Asked, dryRun: boolean) {
  return take(api.POST("/api/v1/queue/actions", { body: { action, selection, dry_run: dryRun } }));
}
