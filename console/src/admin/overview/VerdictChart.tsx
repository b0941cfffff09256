// SPDX-License-Identifier: Apache-2.0
/** Stacked bars of verdicts over time. A click on a bar leads to its mails. Loaded only where it is shown. */
import { useComputedColorScheme } from "@mantine/core";
import { BarChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useEffectEvent, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/shared/api/client";
import type { Period } from "@/shared/api/queries";
import { useMoment } from "@/shared/ui/Time";

import styles from "./overview.module.css";
import { type Layer, queryOf, SERIES } from "./series";

register([BarChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, SVGRenderer]);

export default function VerdictChart({ data, onPick }: { data: Schemas["Overview"]; onPick: (q: string) => void }) {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme();
  const frame = useRef<HTMLDivElement>(null);
  const show = useMoment();
  const option = useEffectEvent(() => optionOf(data, data.period, (name) => t(`verdict.${name}`), show));
  const pick = useEffectEvent((layer: Layer, index: number) => {
    const since = data.series[index]?.at;
    if (since) onPick(queryOf(layer, since, data.series[index + 1]?.at ?? data.until));
  });

  useEffect(() => {
    if (!frame.current) return;
    const chart = init(frame.current, undefined, { renderer: "svg" });
    chart.setOption(option());
    chart.on("click", (event) => {
      if (event.seriesId && event.dataIndex !== undefined) pick(event.seriesId as Layer, event.dataIndex);
    });
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(frame.current);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [data, scheme, show]);

  const caught = SERIES.filter((name) => name !== "clean" && name !== "graymail").reduce((sum, name) => sum + data.series.reduce((all, point) => all + point[name], 0), 0);
  return <div ref={frame} className={styles.canvas} role="img" aria-label={t("overview.chart_says", { caught, received: data.totals.received })} />;
}

function optionOf(data: Schemas["Overview"], period: Period, name: (layer: Layer) => string, show: ReturnType<typeof useMoment>) {
  const style = getComputedStyle(document.documentElement);
  const color = (variable: string) => style.getPropertyValue(variable).trim();
  const text = color("--ink-soft");
  const layers = SERIES.filter((layer) => data.series.some((point) => point[layer] > 0));
  return {
    animationDuration: 250,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: text },
    grid: { left: 8, right: 8, top: 44, bottom: 4, containLabel: true },
    legend: { type: window.innerWidth < 768 ? "scroll" : "plain", pageIconColor: text, pageTextStyle: { color: text }, top: 0, left: 0, icon: "roundRect", itemWidth: 11, itemHeight: 11, itemGap: 14, textStyle: { color: text, fontSize: 12 } },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      renderMode: "richText",
      backgroundColor: color("--card"),
      borderColor: color("--line-strong"),
      textStyle: { color: color("--mantine-color-text") || text, fontSize: 12 },
    },
    xAxis: {
      type: "category",
      data: data.series.map(({ at }) => show(at, period === "24h" ? "hour" : period === "7d" ? "short" : "day")),
      axisLine: { lineStyle: { color: color("--line-strong") } },
      axisTick: { show: false },
      axisLabel: { color: text, hideOverlap: true },
    },
    yAxis: { type: "value", min: 0, minInterval: 1, axisLabel: { color: text }, splitLine: { lineStyle: { color: color("--line") } } },
    series: layers.map((layer, index) => ({
      id: layer,
      name: name(layer),
      type: "bar",
      stack: "mails",
      barCategoryGap: "22%",
      itemStyle: { color: color(`--f-${layer}`), borderRadius: index === layers.length - 1 ? [2, 2, 0, 0] : 0 },
      emphasis: { focus: "series" },
      data: data.series.map((point) => point[layer]),
    })),
  };
}
