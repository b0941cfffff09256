// SPDX-License-Identifier: Apache-2.0
/**
 * Releasing and deleting. The server first counts what would be touched; the question names that
 * effect; one request does it all; what did not work is listed with its reason.
 */
import { Alert, Button, Group, Skeleton } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, type Row, type Schemas, take } from "@/shared/api/client";
import { Dialog } from "@/shared/ui/Dialog";
import { Foreign } from "@/shared/ui/Foreign";
import { Icon } from "@/shared/ui/Icon";
import { Failure } from "@/shared/ui/states";
import { say } from "@/shared/ui/toasts";

import { Outcome } from "./Outcome";

export interface Order {
  action: "release" | "delete";
  selection: Schemas["Selection"];
  /** The one mail it is about, to name it. */
  about?: Row | Schemas["Message"];
}

export function useActionDialog(onDone?: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [order, setOrder] = useState<Order>();
  const count = useMutation({ mutationFn: (asked: Order) => post(asked, true) });
  const act = useMutation({
    mutationFn: (asked: Order) => post(asked, false),
    onSuccess: (outcome, asked) => {
      void client.invalidateQueries();
      onDone?.();
      const results = outcome.results ?? [];
      if (results.length > 0 && results.every((one) => one.outcome === "released" || one.outcome === "deleted")) {
        say(t(`action.${asked.action}d`, { count: outcome.done ?? results.length }));
        setOrder(undefined);
      }
    },
  });
  const ask = (asked: Order) => {
    act.reset();
    setOrder(asked);
    count.mutate(asked);
  };
  return { order, count, act, ask, close: () => setOrder(undefined) };
}

export function ActionDialog({ state: { order, count, act, close } }: { state: ReturnType<typeof useActionDialog> }) {
  const { t } = useTranslation();
  const matched = count.data?.matched;
  return (
    <Dialog opened={order !== undefined} onClose={close} title={order ? t(`action.${order.action}_title`) : ""}>
      {count.error ? <Failure error={count.error} /> : null}
      {act.error ? <Failure error={act.error} /> : null}
      {act.data ? <Outcome outcome={act.data} onClose={close} /> : null}
      {order && !act.data && !count.error && !act.error ? (
        <>
          {matched === undefined ? <Skeleton height={48} /> : <p style={{ margin: "0 0 12px" }}>{t(`action.${order.action}_effect`, { count: matched })}</p>}
          {order.about ? (
            <p className="card break" style={{ padding: "10px 12px", margin: "0 0 12px" }}>
              <b><Foreign>{order.about.subject || t("list.no_subject")}</Foreign></b>
              <br />
              <span className="quiet">{order.about.sender || t("list.null_sender")} → {order.about.recipient}</span>
            </p>
          ) : null}
          {order.action === "release" && order.about?.verdict === "malware" ? (
            <Alert color="red.9" variant="outline" icon={<Icon name="warning" />} mb="sm">{t("action.release_malware")}</Alert>
          ) : null}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close}>{t("cancel")}</Button>
            <Button
              key={matched === undefined ? "counting" : "counted"}
              ref={focusNow}
              data-autofocus={matched ? true : undefined}
              color={order.action === "delete" ? "red.9" : undefined}
              loading={act.isPending}
              disabled={!matched}
              leftSection={<Icon name={order.action === "release" ? "release" : "trash"} size={16} />}
              onClick={() => act.mutate(order)}
            >
              {t(`action.${order.action}_button`, { count: matched ?? 0 })}
            </Button>
          </Group>
        </>
      ) : null}
    </Dialog>
  );
}

/** The button is ready only when the server has counted; then the focus comes to it, whether the dialog opened before or after. */
function focusNow(button: HTMLButtonElement | null): void {
  button?.focus();
}

function post({ action, selection }: Order, dryRun: boolean) {
  const body: Schemas["QuarantineOrder"] = dryRun ? { action, selection, dry_run: true } : { action, selection };
  return take(api.POST("/api/v1/quarantine/actions", { body }));
}
