import type { ServiceCurve } from '../latency/service-curve.js';

/** One replica of a model on an accelerator, as it would run for one server. */
export interface Replica {
  readonly maxBatch: number;
  /** Null where the shape of the requests is not known. */
  readonly curve: ServiceCurve | null;
  /** The most that it serves within the targets; null where nobody can tell. */
  readonly ratePerMs: number | null;
  /** With the max batch that serves the most, where this one serves a little less; absent: none does. */
  readonly best?: Replica;
}

/** Why an accelerator is out of the question, with the numbers. */
export type { Rejection } from '#shared/contracts/optimizer.js';
