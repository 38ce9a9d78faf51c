/** A number for people: three significant digits where that loses nothing that matters, no trailing zeros. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** `1 replica`, `3 replicas` */
export function counted(count: number, noun: string): string {
  return `${figure(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** What a latency target holds for: the mean, which goes without saying, or a percentile: `p95 40 ms`. */
export function targetText(targetMs: number, percentile: number | undefined): string {
  const of = percentile === undefined ? '' : `p${figure(100 * percentile)} `;
  return `${of}${figure(targetMs)} ms`;
}
