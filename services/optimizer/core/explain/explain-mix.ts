import type { RejectionCode } from '#shared/contracts/optimizer.js';
import { costOf, type Candidate } from '../candidates/candidate.js';
import type { MixGrant, Refusal } from '../solve/problem.js';
import { figure } from './figure.js';

/** Why a candidate that is no part of the mixture did not serve alone, or as one. */
export function explainMix(
  candidate: Candidate,
  { parts, value }: MixGrant,
  refusal: Refusal | undefined,
): { code: RejectionCode; text: string } {
  if (refusal !== undefined) {
    return { code: 'capacity', text: `capacity: needs ${refusal.asked} ${candidate.placement.type}, ${refusal.left} left` };
  }
  const cost = parts.reduce((sum, part) => sum + costOf(part.candidate, part.numReplicas), 0);
  const dearerBy = costOf(candidate, candidate.numReplicas) - cost;
  if (dearerBy > 0) return { code: 'dearer', text: `alone dearer by ${figure(dearerBy)} cents/hr than the mixture` };
  const heavierBy = candidate.value - value;
  if (heavierBy > 0) {
    return {
      code: 'transition',
      text: `alone saves ${figure(-dearerBy)} cents/hr, but weighs ${figure(heavierBy)} more to change to`,
    };
  }
  return { code: 'capacity', text: 'alone no worse, but others would lack its cards' };
}
