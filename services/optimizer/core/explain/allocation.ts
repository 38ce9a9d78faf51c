import type { GrantedAllocation } from '#shared/contracts/optimizer.js';
import type { LoadSpec } from '#shared/contracts/system-data.js';
import { costOf, predictionOf, type Candidate } from '../candidates/candidate.js';
import type { Grant } from '../solve/problem.js';

/** A grant as the wire has it. */
export function toAllocation({ candidate, numReplicas }: Grant, load: LoadSpec | undefined): GrantedAllocation {
  const prediction = predictionOf(candidate, numReplicas);
  return {
    accelerator: candidate.placement.accelerator,
    numReplicas,
    maxBatch: candidate.replica.maxBatch,
    ...(hasData(candidate) ? { cost: costOf(candidate, numReplicas) } : {}),
    ...(prediction === null ? {} : { itlAverage: prediction.itlMs, ttftAverage: prediction.ttftMs }),
    ...(load === undefined ? {} : { load }),
  };
}

/** A pin may name an accelerator that the data does not know: what it costs is unknown then, not zero. */
export function hasData({ placement }: Candidate): boolean {
  return placement.type !== '';
}
