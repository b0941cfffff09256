// SPDX-License-Identifier: Apache-2.0
/** The sums behind the picture of the weights. */
import type { Reason } from "@/shared/api/client";

export interface Step {
  reason: Reason;
  /** The running sum before and after this signal. */
  from: number;
  to: number;
}

/** How many signals are shown before the rest is folded. */
export const SHOWN = 6;

/** The signals that raise, heaviest first, then those that lower; each begins where the last one ended. */
export function steps(reasons: readonly Reason[]): Step[] {
  const ordered = [...reasons].sort((a, b) => b.weight - a.weight);
  let sum = 0;
  return ordered.map((reason) => {
    const from = sum;
    sum += reason.weight;
    return { reason, from, to: sum };
  });
}

export function total(reasons: readonly Reason[]): number {
  const sum = reasons.reduce((before, { weight }) => before + weight, 0);
  return Math.round(sum * 10) / 10;
}

/** The span of points that the picture covers: always zero and the mark, and every running sum. */
export function span(all: readonly Step[], threshold: number): [low: number, high: number] {
  const ends = all.flatMap(({ from, to }) => [from, to]);
  const low = Math.min(0, ...ends);
  const high = Math.max(threshold, ...ends);
  return [low, high + (high - low) * 0.04];
}
