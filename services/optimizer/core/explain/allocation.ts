import type { Allocation, LoadSpec } from '#shared/contracts/system-data.js';
import { costOf, predictionOf } from '../candidates/candidate.js';
import type { Grant } from '../solve/problem.js';

/** A grant as the wire has it; latencies are 0 where there is nothing to predict. */
export function toAllocation({ candidate, numReplicas }: Grant, load: LoadSpec | undefined): Allocation {
  const prediction = predictionOf(candidate, numReplicas);
  return {
    accelerator: candidate.placement.accelerator,
    numReplicas,
    maxBatch: candidate.replica.maxBatch,
    cost: costOf(candidate, numReplicas),
    itlAverage: prediction?.itlMs ?? 0,
    ttftAverage: prediction?.ttftMs ?? 0,
    ...(load === undefined ? {} : { load }),
  };
}
