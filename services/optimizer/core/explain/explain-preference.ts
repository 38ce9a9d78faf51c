import type { RejectionCode } from '#shared/contracts/optimizer.js';
import { costOf, isCapped, type Candidate } from '../candidates/candidate.js';
import type { Grant, Refusal } from '../solve/problem.js';
import { figure } from './figure.js';

/** Why a candidate that could serve was not taken: no cards at its turn, or another one was better. */
export function explainPreference(
  candidate: Candidate,
  grant: Grant | undefined,
  refusal: Refusal | undefined,
): { code: RejectionCode; text: string } {
  if (refusal !== undefined) {
    return { code: 'capacity', text: `capacity: needs ${refusal.asked} ${candidate.placement.type}, ${refusal.left} left` };
  }
  // Only a refused candidate stands before the chosen one, so what is not refused was worse.
  const chosen = grant?.candidate;
  if (isCapped(candidate)) {
    const text = `needs ${candidate.neededReplicas} replicas, at most ${candidate.numReplicas} allowed: no nearer to its need`;
    return { code: 'max-replicas', text };
  }
  const dearerBy = costOf(candidate, candidate.numReplicas) - (chosen === undefined ? 0 : costOf(chosen, chosen.numReplicas));
  if (dearerBy > 0) return { code: 'dearer', text: `dearer by ${figure(dearerBy)} cents/hr` };
  const heavierBy = candidate.value - (chosen?.value ?? 0);
  if (heavierBy > 0) {
    const weight = figure(heavierBy - dearerBy);
    return { code: 'transition', text: `saves ${figure(-dearerBy)} cents/hr, but a change of accelerator weighs ${weight}` };
  }
  return { code: 'tie', text: `as good as ${chosen?.placement.accelerator ?? 'the chosen one'}, which comes first by name` };
}
