// SPDX-License-Identifier: Apache-2.0
/** Pausing and resuming: done at once, since it can be taken back at once. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api, Fault, type Schemas, take } from "@/shared/api/client";
import { say } from "@/shared/ui/toasts";

export function useSteering() {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["DestinationOrder"]) => take(api.POST("/api/v1/queue/destinations/actions", { body })),
    onSuccess: ({ waiting }, { action, names }) => say(t(names[0] === "*" ? `queue.${action}d_all` : `queue.${action}d`, { name: names[0], count: waiting })),
    onError: (fault) => say(fault instanceof Fault && fault.problem.detail ? fault.problem.detail : t("failure.unreachable"), "bad"),
    onSettled: () => void client.invalidateQueries({ queryKey: ["queue"] }),
  });
}
