import type { Rejection } from '#shared/contracts/optimizer.js';
import { costOf, type Candidate } from '../candidates/candidate.js';
import type { MixGrant, Refusal } from '../solve/problem.js';
import { dearer, lackOfCards, notWorthItsPenalty } from './rejections.js';

/** Why a candidate that is no part of the mixture did not serve alone, or as one. */
export function explainMix(candidate: Candidate, { parts, value }: MixGrant, refusal: Refusal | undefined): Rejection {
  if (refusal !== undefined) return lackOfCards(refusal, candidate.placement.type);
  const cost = parts.reduce((sum, part) => sum + costOf(part.candidate, part.numReplicas), 0);
  const dearerBy = costOf(candidate, candidate.numReplicas) - cost;
  if (dearerBy > 0) return dearer(dearerBy, 'alone ', ' than the mixture');
  const heavierBy = candidate.value - value;
  if (heavierBy > 0) return notWorthItsPenalty(-dearerBy, heavierBy - dearerBy, 'alone ');
  return { code: 'capacity', text: 'alone no worse, but others would lack its cards' };
}
