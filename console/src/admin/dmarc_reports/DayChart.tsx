// SPDX-License-Identifier: Apache-2.0
/** Mails per day, those that failed on top of those that passed. Loaded only where it is shown. */
import { useComputedColorScheme } from "@mantine/core";
import { BarChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useEffectEvent, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";

import styles from "./dmarc.module.css";

register([BarChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, SVGRenderer]);

export default function DayChart({ series }: { series: Schemas["Day"][] }) {
  const { t, i18n } = useTranslation();
  const scheme = useComputedColorScheme();
  const frame = useRef<HTMLDivElement>(null);
  const option = useEffectEvent(() => optionOf(series, i18n.language, t("dmarc.passed"), t("dmarc.failed")));
  useEffect(() => {
    if (!frame.current) return;
    const chart = init(frame.current, undefined, { renderer: "svg" });
    chart.setOption(option());
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(frame.current);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [series, scheme, i18n.language]);
  const passed = series.reduce((sum, day) => sum + day.passed, 0);
  const failed = series.reduce((sum, day) => sum + day.failed, 0);
  return <div ref={frame} className={styles.canvas} role="img" aria-label={t("dmarc.chart_says", { passed, failed })} />;
}

function optionOf(series: Schemas["Day"][], language: string, passed: string, failed: string) {
  const style = getComputedStyle(document.documentElement);
  const color = (variable: string) => style.getPropertyValue(variable).trim();
  const text = color("--ink-soft");
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  const bars = (id: "passed" | "failed", name: string, tone: string) => ({ id, name, type: "bar", stack: "mails", barCategoryGap: "22%", itemStyle: { color: color(tone) }, data: series.map((one) => one[id]) });
  return {
    animationDuration: 250,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: text },
    grid: { left: 8, right: 8, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 11, itemHeight: 11, itemGap: 14, textStyle: { color: text, fontSize: 12 } },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText", backgroundColor: color("--card"), borderColor: color("--line-strong"), textStyle: { color: color("--mantine-color-text") || text, fontSize: 12 } },
    xAxis: { type: "category", data: series.map((one) => day.format(new Date(one.day))), axisLine: { lineStyle: { color: color("--line-strong") } }, axisTick: { show: false }, axisLabel: { color: text, hideOverlap: true } },
    yAxis: { type: "value", min: 0, minInterval: 1, axisLabel: { color: text }, splitLine: { lineStyle: { color: color("--line") } } },
    series: [bars("passed", passed, "--f-clean"), bars("failed", failed, "--f-phishing")],
  };
}
