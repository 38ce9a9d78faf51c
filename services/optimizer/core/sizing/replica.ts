import type { CurveTerms } from './replica-curve.js';

/**
 * One replica of a model on an accelerator, as it would run for one server. Its curve is made anew when it is asked for
 * (`curveOf`): a thousand servers have ten thousand of these, of which hardly any is looked at again.
 */
export interface Replica {
  readonly maxBatch: number;
  /** Requests that it serves at once: fewer than its max batch where the KV cache holds fewer of these. */
  readonly slots: number;
  /** What else its curve is made of; null where the shape of the requests is not known. */
  readonly terms: CurveTerms | null;
  /** The most that it serves within the targets; null where nobody can tell. */
  readonly ratePerMs: number | null;
  /** With the max batch that serves the most, where this one serves a little less; absent: none does. */
  readonly best?: Replica;
}

/** Why an accelerator is out of the question, with the numbers. */
export type { Rejection } from '#shared/contracts/optimizer.js';
