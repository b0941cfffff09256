// SPDX-License-Identifier: Apache-2.0
import { NumberInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { FieldProps } from "@/shared/settings/OptionField";
import { useSchemaWords } from "@/shared/settings/words";

import styles from "./rate.module.css";

/** "At most so many within so many seconds", in one line. */
export function RateField({ option, value, onChange, path, faults }: FieldProps) {
  const { t } = useTranslation();
  const { say } = useSchemaWords();
  const rate = value as { most: number | null; seconds: number | null };
  const change = (name: "most" | "seconds") => (next: number | string) => onChange({ ...rate, [name]: next === "" ? null : next });
  const fault = faults.get(`${path}/most`) ?? faults.get(`${path}/seconds`);
  return (
    <fieldset className={styles.rate} data-pointer={path}>
      <legend>{say(option.title)}</legend>
      {option.description ? <p className="quiet">{say(option.description)}</p> : null}
      <div className={styles.line}>
        <span>{t("rate_limits.at_most")}</span>
        <NumberInput data-pointer={`${path}/most`} aria-label={`${say(option.title)}: ${t("rate_limits.at_most")}`} hideControls allowDecimal={false} value={rate.most ?? ""} error={faults.has(`${path}/most`)} onChange={change("most")} w={110} />
        <span>{t("rate_limits.within")}</span>
        <NumberInput data-pointer={`${path}/seconds`} aria-label={`${say(option.title)}: ${t("rate_limits.within")}`} hideControls allowDecimal={false} value={rate.seconds ?? ""} error={faults.has(`${path}/seconds`)} onChange={change("seconds")} w={90} />
        <span>{t("rate_limits.seconds")}</span>
        {rate.most === 0 ? <span className="quiet">{t("rate_limits.no_limit")}</span> : null}
      </div>
      {fault ? <p className={styles.fault}>{fault}</p> : null}
    </fieldset>
  );
}
