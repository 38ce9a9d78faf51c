/** Cards by accelerator type. */
export type Cards = ReadonlyMap<string, number>;

export function addCards(...parts: readonly Cards[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const part of parts) for (const [type, count] of part) sum.set(type, (sum.get(type) ?? 0) + count);
  return sum;
}

/** The larger of both, type by type: what is held while one turns into the other. */
export function maxCards(a: Cards, b: Cards): Map<string, number> {
  const most = new Map(a);
  for (const [type, count] of b) most.set(type, Math.max(most.get(type) ?? 0, count));
  return most;
}

/** What `a` has beyond `b`, type by type. */
export function excessCards(a: Cards, b: Cards): Map<string, number> {
  return new Map([...a].map(([type, count]) => [type, Math.max(0, count - (b.get(type) ?? 0))]));
}
