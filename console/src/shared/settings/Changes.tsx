// SPDX-License-Identifier: Apache-2.0
import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Dialog } from "@/shared/ui/Dialog";

import { changed } from "./changes";
import type { Option, Value, Values } from "./schema";
import styles from "./settings.module.css";
import { useSchemaWords } from "./words";

interface Props {
  opened: boolean;
  onClose: () => void;
  onSave: () => void;
  busy: boolean;
  options: Option[];
  before: Values;
  after: Values;
}

/** What would change, option by option, before it does. */
export function Changes({ opened, onClose, onSave, busy, options, before, after }: Props) {
  const { t } = useTranslation();
  const { say } = useSchemaWords();
  const shown = useShown();
  const names = changed(before, after);
  return (
    <Dialog opened={opened} onClose={onClose} title={t("settings.changes")} size="lg">
      <table className={styles.changes}>
        <thead><tr><th scope="col">{t("settings.option")}</th><th scope="col">{t("settings.before")}</th><th scope="col">{t("settings.after")}</th></tr></thead>
        <tbody>
          {options.filter(({ name }) => names.includes(name)).map((option) => (
            <tr key={option.name}>
              <th scope="row">{say(option.title)}</th>
              <td>{shown(option, before[option.name])}</td>
              <td>{shown(option, after[option.name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet" style={{ margin: "0 0 14px" }}>{t("settings.at_once")}</p>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>{t("settings.back")}</Button>
        <Button data-autofocus loading={busy} onClick={onSave}>{t("settings.save")}</Button>
      </Group>
    </Dialog>
  );
}

/** A value in words. */
function useShown(): (option: Option, value: Value) => string {
  const { t } = useTranslation();
  const { say, choice } = useSchemaWords();
  const shown = (option: Option, value: Value): string => {
    if (value === null || value === undefined || value === "") return t("settings.none");
    if (option.kind === "switch") return t(value === true ? "settings.on" : "settings.off");
    if (option.kind === "choice") return choice(String(value));
    if (Array.isArray(value)) {
      if (value.length === 0) return t("settings.none");
      if (option.kind === "choices") return value.map((one) => choice(String(one))).join(", ");
      if (option.kind === "rows") return value.map((one) => inner(option, one as Values)).join("\n");
      return value.join("\n");
    }
    return typeof value === "object" ? inner(option, value as Values) : String(value);
  };
  const inner = (option: Option, values: Values) => option.within.filter(({ name }) => values[name] !== "" && values[name] !== null).map((one) => `${say(one.title)}: ${shown(one, values[one.name])}`).join("; ");
  return shown;
}
