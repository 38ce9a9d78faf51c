import { compareText } from '../order.js';
import { isCandidate, type Candidate, type Rejected } from './candidate.js';

export function leastValueFirst(a: Candidate, b: Candidate): number {
  return a.value - b.value || compareText(a.placement.accelerator, b.placement.accelerator);
}

/** For candidates that a maximum may cut. */
export function nearestToNeedFirst(a: Candidate, b: Candidate): number {
  return b.numReplicas / b.neededReplicas - a.numReplicas / a.neededReplicas || leastValueFirst(a, b);
}

/** The better of what runs and the best max batch, on one accelerator, with the other; what runs, where they are as good. */
export function betterBatch(kept: Candidate | Rejected, best: Candidate | Rejected): Candidate | Rejected {
  if (!isCandidate(best)) return isCandidate(kept) ? kept : best;
  if (!isCandidate(kept)) return { ...best, otherBatch: kept };
  if (kept.replica.maxBatch === best.replica.maxBatch) return kept;
  return nearestToNeedFirst(kept, best) <= 0 ? { ...kept, otherBatch: best } : { ...best, otherBatch: kept };
}

/** Those given, and behind them those with the other max batch where that takes fewer cards: it may be what there is room for. */
export function withThriftier(candidates: readonly Candidate[]): Candidate[] {
  const all = [...candidates];
  for (const candidate of candidates) {
    const { otherBatch, numReplicas, neededReplicas } = candidate;
    if (otherBatch === undefined || !isCandidate(otherBatch)) continue;
    const isThriftier =
      otherBatch.numReplicas < numReplicas && otherBatch.numReplicas * neededReplicas >= numReplicas * otherBatch.neededReplicas;
    if (isThriftier) all.push({ ...otherBatch, otherBatch: candidate });
  }
  return all;
}
