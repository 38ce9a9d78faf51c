import type { Rejection } from '#shared/contracts/optimizer.js';
import { costOf, isCapped, type Candidate } from '../candidates/candidate.js';
import type { Grant, Refusal } from '../solve/problem.js';
import { dearer, lackOfCards, notWorthItsPenalty, tooManyReplicas } from './rejections.js';

/** Why a candidate that could serve was not taken: no cards at its turn, or another one was better. */
export function explainPreference(candidate: Candidate, grant: Grant | undefined, refusal: Refusal | undefined): Rejection {
  if (refusal !== undefined) return lackOfCards(refusal, candidate.placement.type);
  // Only a refused candidate stands before the chosen one, so what is not refused was worse.
  const chosen = grant?.candidate;
  if (isCapped(candidate)) return tooManyReplicas(candidate.neededReplicas, candidate.numReplicas, ': no nearer to its need');
  const dearerBy = costOf(candidate, candidate.numReplicas) - (chosen === undefined ? 0 : costOf(chosen, chosen.numReplicas));
  if (dearerBy > 0) return dearer(dearerBy);
  const heavierBy = candidate.value - (chosen?.value ?? 0);
  if (heavierBy > 0) return notWorthItsPenalty(-dearerBy, heavierBy - dearerBy);
  const other = chosen?.placement.accelerator ?? 'the chosen one';
  return { code: 'tie', text: `as good as ${other}, which comes first by name`, other };
}
