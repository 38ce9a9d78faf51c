/**
 * Iterations of an unchanged batch form an arithmetic series: each of its n sequences reads one KV token more than in the iteration
 * before. With d = first = α + β·n + γ·(KV₀ + n) and s = step = γ·n, iteration i = 0, 1, … takes d + s·i, and J of them take
 *
 *   J·d + s·J(J−1)/2  =  J(α + β·n + γ·KV₀) + γ·n·J(J+1)/2
 *
 * the form with KV₀ as the KV before the first of them. All integers, so sums are exact as long as they stay below 2^53.
 */
export function spanNs(firstNs: number, stepNs: number, iterations: number): number {
  return iterations * firstNs + stepNs * ((iterations * (iterations - 1)) / 2);
}

/** The most iterations that end within `durationNs` (< 0: none). Worked: first 10, step 2 ends at 10, 22, 36; within 35: 2. */
export function iterationsWithin(firstNs: number, stepNs: number, durationNs: number): number {
  if (durationNs < firstNs) return 0;
  if (stepNs === 0) return Math.floor(durationNs / firstNs);
  // The positive root of s/2·J² + (d − s/2)·J − t, in the form without cancellation; rounding may leave it one off either way.
  const half = firstNs - stepNs / 2;
  let iterations = Math.floor((2 * durationNs) / (half + Math.sqrt(half * half + 2 * stepNs * durationNs)));
  while (spanNs(firstNs, stepNs, iterations) > durationNs) iterations--;
  while (spanNs(firstNs, stepNs, iterations + 1) <= durationNs) iterations++;
  return iterations;
}
