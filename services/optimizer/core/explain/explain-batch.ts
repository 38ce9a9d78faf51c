import { isCandidate, type Candidate } from '../candidates/candidate.js';
import type { CurrentState } from '../candidates/current-state.js';

/** Why the max batch changes where the server is, or does not, with the numbers; undefined: there was no choice. */
export function explainBatch({ replica, neededReplicas, otherBatch }: Candidate, current: CurrentState): string | undefined {
  if (otherBatch === undefined) return undefined;
  const running = current.maxBatch;
  const isKept = replica.maxBatch === running;
  if (!isCandidate(otherBatch)) return `max batch ${running} → ${replica.maxBatch}: with ${running} ${otherBatch.rejection.text}`;

  const saved = isKept ? neededReplicas - otherBatch.neededReplicas : otherBatch.neededReplicas - neededReplicas;
  const what = `${saved} ${saved === 1 ? 'replica' : 'replicas'}`;
  if (!isKept) return `max batch ${running} → ${replica.maxBatch}: saves ${what}`;
  const other = otherBatch.replica.maxBatch;
  if (saved <= 0) return `max batch kept at ${running}: ${other} would save nothing`;
  return `max batch kept at ${running}: ${other} would save ${what}, not worth the change`;
}
