// SPDX-License-Identifier: Apache-2.0
import { Radio } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { FieldProps } from "@/shared/settings/OptionField";
import { useSchemaWords } from "@/shared/settings/words";

/** How readily an address must wait: five levels, each with what it means. */
export function LevelField({ option, value, onChange, path, faults }: FieldProps) {
  const { t } = useTranslation();
  const { say } = useSchemaWords();
  return (
    <Radio.Group data-pointer={path} label={say(option.title)} description={t("addresses.level_help")} error={faults.get(path)} value={String(value)} onChange={(level) => onChange(Number(level))}>
      <div style={{ display: "grid", gap: 7, marginTop: 8 }}>
        {[0, 1, 2, 3, 4].map((level) => <Radio key={level} value={String(level)} label={t(`addresses.level_${level}`)} />)}
      </div>
    </Radio.Group>
  );
}
