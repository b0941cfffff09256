// SPDX-License-Identifier: Apache-2.0
/** How long ago, and how soon, in the reader's words. */
import { useTranslation } from "react-i18next";

const STEPS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]] as const;

export function useSpans(): { since: (at: string) => string; until: (at: string, past?: string) => string } {
  const { t, i18n } = useTranslation();
  const relative = new Intl.RelativeTimeFormat(i18n.language, { numeric: "always", style: "short" });
  const say = (at: string) => {
    const seconds = (new Date(at).getTime() - Date.now()) / 1000;
    const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= 2 * length) ?? STEPS[3];
    return relative.format(Math.round(seconds / size), unit);
  };
  return { since: say, until: (at, past) => (new Date(at).getTime() <= Date.now() ? (past ?? t("queue.now")) : say(at)) };
}
