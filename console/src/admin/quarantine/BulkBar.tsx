// SPDX-License-Identifier: Apache-2.0
import { Button, Checkbox } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Icon } from "@/shared/ui/Icon";

import styles from "./quarantine.module.css";
import type { Selection } from "./selection";

interface Props {
  selection: Selection;
  shown: number;
  complete: boolean;
  onAct: (action: "release" | "delete") => void;
}

/** How much is selected, a way to all that match, and what to do with it. */
export function BulkBar({ selection, shown, complete, onAct }: Props) {
  const { t } = useTranslation();
  const { size, everything, clear, allShown, allMatching } = selection;
  const all = everything || size === shown;
  return (
    <div className={styles.bar} data-active={size > 0 || undefined}>
      <Checkbox
        size="xs"
        checked={all && size > 0}
        indeterminate={size > 0 && !all}
        label={t("quarantine.select_shown")}
        onChange={() => (size > 0 ? clear() : allShown())}
      />
      <span role="status" className={styles.count}>
        {everything ? t("quarantine.everything") : size > 0 ? t("quarantine.selected", { count: size }) : ""}
      </span>
      {size > 0 && all && !everything && !complete ? (
        <button type="button" className={styles.all} onClick={allMatching}>{t("quarantine.select_all")}</button>
      ) : null}
      {size > 0 ? (
        <span className={styles.buttons}>
          <Button size="compact-sm" leftSection={<Icon name="release" size={15} />} onClick={() => onAct("release")}>{t("action.release")}</Button>
          <Button size="compact-sm" variant="default" leftSection={<Icon name="trash" size={15} />} onClick={() => onAct("delete")}>{t("action.delete")}</Button>
        </span>
      ) : null}
    </div>
  );
}
