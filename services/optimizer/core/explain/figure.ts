/** A number as people read it: one decimal, three below ten. Also keeps the answer short: explanations carry many. */
export function figure(value: number): number {
  return Math.abs(value) < 10 ? Math.round(value * 1000) / 1000 : Math.round(value * 10) / 10;
}
