// SPDX-License-Identifier: Apache-2.0
import { ActionIcon, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Icon, type IconName } from "./Icon";
import { say } from "./toasts";

/** Copies a text and says so aloud. */
export function Copy({ text, label, icon = "copy" }: { text: string | (() => string); label: string; icon?: IconName }) {
  const { t } = useTranslation();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : text());
      say(t("copied"));
    } catch {
      say(t("copy_refused"), "bad");
    }
  };
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="petrol" aria-label={label} onClick={() => void copy()} style={{ color: "var(--accent)" }}>
        <Icon name={icon} size={17} />
      </ActionIcon>
    </Tooltip>
  );
}
