import { uniformAt } from './random.js';

/** Nanoseconds of engine time per millisecond of the wire. Engine time is integer ns, exact for 2^53 ns = 104 days, then to 2 ns. */
export const NS_PER_MS = 1e6;

/** Parameter family `iteration`: an iteration takes α + β·(tokens computed) + γ·(KV tokens read), ms. */
export interface IterationParms {
  alpha: number;
  beta: number;
  gamma: number;
}

/** Parameter family `linear`: ITL(n) = α + β·n and prefill(n) = γ + δ·k·n, ms. */
export interface LinearParms {
  decodeParms: { alpha: number; beta: number };
  prefillParms: { gamma: number; delta: number };
}

/** What an iteration costs, in ns (not rounded), for both families. */
export interface EngineCosts {
  /** Fixed, when at least one sequence decodes. */
  decodeBaseNs: number;
  /** Fixed, when the iteration only prefills. */
  prefillOnlyBaseNs: number;
  perDecodeTokenNs: number;
  /** For a sequence that holds a place in the batch without decoding, while others decode. */
  perOtherSequenceNs: number;
  perPrefillTokenNs: number;
  perKvTokenNs: number;
  /** From admission to the earliest start of its prefill; the batch goes on meanwhile. */
  prefillDelayNs: number;
}

/** Costs of the family `iteration`. `errorFactor` scales all of them: the truth next to the parameters that were measured once. */
export function iterationCosts(parms: IterationParms, errorFactor = 1): EngineCosts {
  const scale = scaleOf(errorFactor);
  const alpha = scale * nonNegative('alpha', parms.alpha);
  const beta = scale * nonNegative('beta', parms.beta);
  return {
    decodeBaseNs: alpha,
    prefillOnlyBaseNs: alpha,
    perDecodeTokenNs: beta,
    perOtherSequenceNs: 0,
    perPrefillTokenNs: beta,
    perKvTokenNs: scale * nonNegative('gamma', parms.gamma),
    prefillDelayNs: 0,
  };
}

/**
 * Costs of the family `linear`, chosen so that a request which meets a steady batch of n stays S(n) = γ + δ·k·n + (m−1)(α + β·n), as
 * the queueing model has it. During its stay the prompts of n requests pass through the batch (its own, and those that replace the
 * n−1 others), each adding δ·k to one iteration: δ·k·n. γ appears once only, so it cannot be a cost of the shared iterations
 * (it would be paid n times): it is the request's own delay between admission and prefill, while the batch goes on. A decode
 * iteration takes α + β·n with n all sequences in the batch. A lone request: TTFT = γ + δ·k, ITL = α + β.
 */
export function linearCosts(parms: LinearParms, errorFactor = 1): EngineCosts {
  const scale = scaleOf(errorFactor);
  const beta = scale * nonNegative('decodeParms.beta', parms.decodeParms.beta);
  return {
    decodeBaseNs: scale * nonNegative('decodeParms.alpha', parms.decodeParms.alpha),
    prefillOnlyBaseNs: 0,
    perDecodeTokenNs: beta,
    perOtherSequenceNs: beta,
    perPrefillTokenNs: scale * nonNegative('prefillParms.delta', parms.prefillParms.delta),
    perKvTokenNs: 0,
    prefillDelayNs: Math.round(scale * nonNegative('prefillParms.gamma', parms.prefillParms.gamma)),
  };
}

/** Unrounded ns of one iteration: `otherSequences` are in the batch without decoding; `kvTokens` is the KV read, new tokens included. */
export function iterationCostNs(
  costs: EngineCosts,
  decodeTokens: number,
  otherSequences: number,
  prefillTokens: number,
  kvTokens: number,
): number {
  const base = decodeTokens > 0 ? costs.decodeBaseNs + costs.perOtherSequenceNs * otherSequences : costs.prefillOnlyBaseNs;
  return base + costs.perDecodeTokenNs * decodeTokens + costs.perPrefillTokenNs * prefillTokens + costs.perKvTokenNs * kvTokens;
}

/**
 * The factor that noise puts on the iterations of one unchanged batch: uniform in 1 ± amplitude, a hash of the seed and of the number
 * of the first iteration with that batch. Drawn per batch and not per iteration: iterations of one batch stay an
 * arithmetic series, so a jump over many of them is exact, and the draw does not depend on where time is cut. (On a GPU, too, it is the
 * shape of the batch that picks kernels and graphs.)
 */
export function noiseFactor(seed: number, firstIteration: number, amplitude: number): number {
  return amplitude === 0 ? 1 : 1 + amplitude * (2 * uniformAt(seed, firstIteration) - 1);
}

function scaleOf(errorFactor: number): number {
  if (!(errorFactor > 0 && Number.isFinite(errorFactor)))
    throw new RangeError(`errorFactor must be a positive number, got ${errorFactor}`);
  return NS_PER_MS * errorFactor;
}

function nonNegative(name: string, value: number): number {
  if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${name} must be a number ≥ 0 (ms), got ${value}`);
  return value;
}
