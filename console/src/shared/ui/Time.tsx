// SPDX-License-Identifier: Apache-2.0
/** Moments in the reader's zone (or UTC, as chosen), the ISO form on hover. */
import { useTranslation } from "react-i18next";

import { usePreference } from "@/shared/state/preferences";

type Form = "exact" | "short" | "full" | "day" | "hour";

const FORMS: Record<Form, Intl.DateTimeFormatOptions> = {
  short: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  full: { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
  exact: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, timeZoneName: "short" },
  day: { weekday: "short", day: "numeric", month: "short" },
  hour: { hour: "2-digit", minute: "2-digit" },
};

export function Time({ at, form = "full" }: { at: string; form?: Form | "list" }) {
  const show = useMoment();
  return (
    <time dateTime={at} title={at} className="num">
      {show(at, form)}
    </time>
  );
}

/** A formatter of moments; "list" says only the hour for today. */
export function useMoment(): (at: string, form: Form | "list") => string {
  const { i18n } = useTranslation();
  const timeZone = usePreference("zone") === "utc" ? "UTC" : undefined;
  return (at, form) => {
    const date = new Date(at);
    if (Number.isNaN(date.getTime())) return at;
    const chosen = form === "list" ? (isToday(date, timeZone) ? "hour" : "short") : form;
    const year = chosen === "short" && date.getFullYear() !== new Date().getFullYear() ? "numeric" : FORMS[chosen].year;
    return new Intl.DateTimeFormat(i18n.language, { ...FORMS[chosen], year, timeZone, hourCycle: "h23" }).format(date);
  };
}

/** The zone that times are shown in, as readers write it ("UTC", "GMT+1"). */
export function useZoneName(): string {
  const { i18n } = useTranslation();
  const timeZone = usePreference("zone") === "utc" ? "UTC" : undefined;
  const parts = new Intl.DateTimeFormat(i18n.language, { timeZoneName: "short", timeZone }).formatToParts(new Date());
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}

function isToday(date: Date, timeZone: string | undefined): boolean {
  const day = (when: Date) => when.toLocaleDateString("en", { timeZone });
  return day(date) === day(new Date());
}
