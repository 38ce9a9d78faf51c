import type { AssignmentIndex } from '../assign/assignment-problem.js';
import type { Candidate } from '../candidates/candidate.js';
import type { Contender, MixGrant } from '../solve/problem.js';
import { valueOfReplicas, type MixedAssignment, type Mixture, type MixturePart } from './mixture.js';
import type { PreparedMixtures } from './prepare-mixtures.js';

/** What the mixtures in use come to, by server. The load is shared by what the parts can carry. */
export function mixGrants(
  { mixed, candidates }: PreparedMixtures,
  { replicas }: MixedAssignment,
  { contenders }: AssignmentIndex,
): ReadonlyMap<string, MixGrant> {
  const grants = new Map<string, MixGrant>();
  mixed.mixtures.forEach((mixture, index) => {
    const counts = replicas[index] ?? null;
    if (counts === null) return;
    const parts = (candidates[index] ?? []).flatMap((candidate, part) => {
      const numReplicas = counts[part] as number;
      if (numReplicas === 0) return [];
      const offeredPerMs = mixture.offered * shareOf(mixture, counts, part);
      const own: Candidate = {
        ...candidate,
        demand: { offeredPerMs, standbyReplicas: 0 },
        numReplicas,
        neededReplicas: numReplicas,
        value: (mixture.parts[part] as MixturePart).value * numReplicas,
      };
      return [{ candidate: own, numReplicas, bestEffort: false }];
    });
    grants.set((contenders[mixture.server] as Contender).name, { parts, value: valueOfReplicas(mixture, counts) });
  });
  return grants;
}

/** Part of the load; of none, the part of the replicas. */
function shareOf({ parts, offered }: Mixture, counts: readonly number[], part: number): number {
  const weights = parts.map(({ rate }, index) => (offered > 0 ? rate : 1) * (counts[index] as number));
  return (weights[part] as number) / weights.reduce((sum, weight) => sum + weight, 0);
}
