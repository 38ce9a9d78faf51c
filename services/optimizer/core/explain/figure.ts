/** Above, a double has no decimals left to round. */
const LARGEST_ROUNDED = 1e15;

/** A number as people read it: one decimal, three below ten. Also keeps the answer short: explanations carry many. */
export function figure(value: number): number {
  if (Math.abs(value) >= LARGEST_ROUNDED) return value;
  return Math.abs(value) < 10 ? Math.round(value * 1000) / 1000 : Math.round(value * 10) / 10;
}

/** 0.95 as people read it: p95. */
export function percentileName(percentile: number): string {
  return `p${figure(100 * percentile)}`;
}
