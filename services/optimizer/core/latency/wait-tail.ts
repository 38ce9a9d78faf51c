import { logPoissonBelow } from './poisson-below.js';

/** Below this part of one per queue length, ratios are taken for 1: the closed form loses as many digits as that costs. */
const NEARLY_ONE = 1e-6;
/** ln of what is nothing beside G(0) ≥ 1. */
const NEGLIGIBLE = -45;

/**
 * Who waits at position j = 0..Q−1 (as many are before it) waits Erlang(j + 1, μ). With state probabilities ∝ r^j, r = λ/μ, all of
 * them together still wait at t with the weight
 *
 *     G(t) = Σ_j r^j Σ_{i≤j} Pois(i; x) = (e^{−x(1−r)}·P(Pois(r·x) < Q) − r^Q·P(Pois(x) < Q))/(1 − r),  x = μt
 *
 * (sum over j first, then r^i·Pois(i; x) = e^{−x(1−r)}·Pois(i; r·x)). In units of e^logUnit, as r^Q may overflow. G(0) = Σ_j r^j.
 * Worked: r 0.5, Q 2, x 1 → e^−1·(1 + 0.5·(1 + 1)) = 0.7358.
 */
export function waitingBeyond(x: number, ratio: number, length: number, logUnit: number): number {
  if (length === 0) return 0;
  if (Math.abs(1 - ratio) * length < NEARLY_ONE) return waitingBeyondAtOne(x, length) * Math.exp(-logUnit);
  const unlimited = Math.exp(-x * (1 - ratio) + logPoissonBelow(length, ratio * x) - logUnit);
  const logCut = length * Math.log(ratio) - logUnit;
  if (logCut < NEGLIGIBLE) return unlimited / (1 - ratio);
  const cut = Math.exp(logCut + logPoissonBelow(length, x));
  return Math.max(0, (unlimited - cut) / (1 - ratio));
}

/** r = 1: Σ_{i<Q} (Q − i)·Pois(i; x). */
function waitingBeyondAtOne(x: number, length: number): number {
  const below = Math.exp(logPoissonBelow(length, x));
  const belowLast = length > 1 ? Math.exp(logPoissonBelow(length - 1, x)) : 0;
  return Math.max(0, length * below - x * belowLast);
}
