import { figure, percentileName } from '../../../optimizer/core/explain/figure.js';
import type { PlanRow } from './plan-rows.js';

const NONE = '-';
const PER_CENT = 100;

/** A number rounded as the explanations round theirs, so that tables and reasons agree. */
export function shown(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : String(figure(value));
}

export function shownCount(value: number): string {
  return value === 0 ? NONE : String(value);
}

/** `23.1 ≤ 80`, `p95 61 ≤ 80`: predicted, and what it is to stay below; the mean, or that percentile. */
export function shownLatency(
  { mean, atPercentile }: { mean: number | null; atPercentile: number | null },
  target: number | undefined,
  percentile: number | undefined,
): string {
  if (target === undefined || target === 0) return `${shown(mean)} no SLO`;
  if (percentile === undefined) return `${shown(mean)} ≤ ${shown(target)}`;
  return `${percentileName(percentile)} ${shown(atPercentile)} ≤ ${shown(target)}`;
}

/** Brackets around what a server has and merely keeps. */
export function shownAccelerator(accelerator: string, keeps: boolean): string {
  return keeps ? `(${accelerator})` : accelerator;
}

/** `128/1024`: tokens in and out of a request. */
export function shownTokens(load: PlanRow['load']): string {
  return load?.avgOutTokens === undefined ? NONE : `${shown(load.avgInTokens)}/${shown(load.avgOutTokens)}`;
}

/** A gap in per cent; a proof that is not there is said so. */
export function shownGap(gap: number | null): string {
  return gap === null ? 'not computed' : `${Number((gap * PER_CENT).toPrecision(3))} %`;
}
