// SPDX-License-Identifier: Apache-2.0
/** Numbers as people read them. */
import { useTranslation } from "react-i18next";

export function useNumbers() {
  const language = useTranslation().i18n.language;
  const one = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const signed = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });
  const whole = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" });
  return {
    points: (value: number) => one.format(value),
    weight: (value: number) => signed.format(value),
    count: (value: number) => whole.format(value),
    change: (value: number) => percent.format(value),
    bytes: (value: number) => bytes(value, language),
  };
}

function bytes(value: number, language: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(units.length - 1, value < 1000 ? 0 : Math.floor(Math.log10(value) / 3));
  return new Intl.NumberFormat(language, { style: "unit", unit: units[step], maximumFractionDigits: step === 0 ? 0 : 1 }).format(value / 1000 ** step);
}
