// SPDX-License-Identifier: Apache-2.0
/** Six levels, each with what it catches and what it is expected to catch by mistake, as it was measured. */
import { Radio } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { FieldProps } from "@/shared/settings/OptionField";
import { useSchemaWords } from "@/shared/settings/words";

import { webLevels } from "./queries";

/** Shares below this are said as "fewer than". */
const LEAST = 0.0001;

export function LevelField({ option, value, onChange, path, faults }: FieldProps) {
  const { t, i18n } = useTranslation();
  const { say, choice } = useSchemaWords();
  const { data } = useQuery(webLevels);
  const share = new Intl.NumberFormat(i18n.language, { style: "percent", maximumFractionDigits: 2 });
  const help = (expected: number) => (expected < LEAST ? t("web.expected_least", { share: share.format(LEAST) }) : t("web.expected", { share: share.format(expected) }));
  return (
    <Radio.Group data-pointer={path} label={say(option.title)} description={t("web.level_help")} error={faults.get(path)} value={String(value)} onChange={onChange}>
      <div style={{ display: "grid", gap: 7, marginTop: 8 }}>
        {(data?.items.map(({ level }) => level) ?? option.choices).map((level) => {
          const known = data?.items.find((one) => one.level === level);
          return <Radio key={level} value={level} label={choice(level)} description={known ? `${t("web.bar", { bar: known.bar })} ${help(known.expected)}` : undefined} />;
        })}
      </div>
    </Radio.Group>
  );
}
