// SPDX-License-Identifier: Apache-2.0
import { Button, Group } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { Dialog } from "@/shared/ui/Dialog";

/** Asks before a screen with unsaved changes is left; closing the tab asks too. */
export function UnsavedGuard({ unsaved }: { unsaved: boolean }) {
  const { t } = useTranslation();
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => unsaved && current.pathname !== next.pathname,
    enableBeforeUnload: unsaved,
    withResolver: true,
  });
  return (
    <Dialog opened={status === "blocked"} onClose={() => reset?.()} title={t("settings.leave_title")}>
      <p style={{ margin: "0 0 14px" }}>{t("settings.leave_why")}</p>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={() => proceed?.()}>{t("settings.leave")}</Button>
        <Button data-autofocus onClick={() => reset?.()}>{t("settings.stay")}</Button>
      </Group>
    </Dialog>
  );
}
