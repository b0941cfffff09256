// SPDX-License-Identifier: Apache-2.0
import { Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { SHORTCUTS } from "@/shared/state/keys";
import { setPreference, usePreference } from "@/shared/state/preferences";
import { Dialog } from "@/shared/ui/Dialog";

/** All keys in one place, and the switch that turns the single-letter ones off. */
export function ShortcutsDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const on = usePreference("shortcuts") === "on";
  return (
    <Dialog opened={opened} onClose={onClose} title={t("keys.title")}>
      <Switch checked={on} onChange={(event) => setPreference("shortcuts", event.currentTarget.checked ? "on" : "off")} label={t("keys.switch")} description={t("keys.switch_why")} mb="md" />
      <table className="facts">
        <thead><tr><th scope="col">{t("keys.key")}</th><th scope="col">{t("keys.does")}</th></tr></thead>
        <tbody>
          {SHORTCUTS.map((key) => (
            <tr key={key}>
              <td style={{ width: 110 }}>{key.split(" ").map((part) => <span key={part}><kbd>{part === "Escape" ? "Esc" : part}</kbd> </span>)}</td>
              <td>{t(`keys.${key}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
