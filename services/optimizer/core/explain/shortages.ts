import type { Shortage } from '#shared/contracts/fleet-summary.js';
import type { Candidate } from '../candidates/candidate.js';
import { byName } from '../order.js';
import type { Contender, Refusal, Solution } from '../solve/problem.js';
import { isServedInFull } from './served.js';

/**
 * What each server that is not served in full lacks, on the choice that lacks the fewest cards. With so many more the assignment as it
 * is and that choice besides fit together, so a better one exists: one server more of its priority, or of a higher one. It
 * need not be this one, which may also be served with fewer, by moving others. `greedy` is not bound to find any.
 *
 * @param overcommitted cards by type that pins and holds take beyond what there is
 */
export function shortagesOf(
  contenders: readonly Contender[],
  solution: Solution,
  overcommitted: ReadonlyMap<string, number>,
): Shortage[] {
  return [...contenders].sort(byPriority).flatMap((contender) => {
    if (isServedInFull(contender, solution)) return [];
    const refused = solution.refusals.get(contender.name);
    if (refused === undefined) return [];
    const choices = contender.eligible.flatMap((candidate) => {
      const refusal = refused.get(candidate.placement.accelerator);
      return refusal === undefined ? [] : [{ candidate, refusal, more: moreFor(candidate, refusal, overcommitted) }];
    });
    const [least] = choices.sort((a, b) => a.more - b.more);
    return least === undefined ? [] : [shortageOf(contender, least.candidate, least.refusal, least.more)];
  });
}

function moreFor({ placement }: Candidate, { asked, left }: Refusal, overcommitted: ReadonlyMap<string, number>): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, asked - left) + (overcommitted.get(placement.type) ?? 0));
}

function shortageOf(
  { name, priority }: Contender,
  { placement, numReplicas }: Candidate,
  { asked, left }: Refusal,
  more: number,
): Shortage {
  const { accelerator, type } = placement;
  const text = `lacks ${more} ${type}: ${numReplicas} × ${accelerator} needs ${asked}, ${left} left`;
  return { server: name, priority, accelerator, type, numReplicas, needs: asked, left, more, text };
}

function byPriority(a: Contender, b: Contender): number {
  return a.priority - b.priority || byName(a, b);
}
