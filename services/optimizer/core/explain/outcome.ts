import type { Outcome } from '#shared/contracts/optimizer.js';
import type { ServerPlan } from '../plan-server.js';
import type { Solution } from '../solve/problem.js';

/** What became of a server, in one word. */
export function outcomeOf({ server, standing, load }: ServerPlan, { grants, mixes }: Solution): Outcome {
  if (standing.kind === 'pinned') return 'pinned';
  if (standing.kind === 'stays') return standing.outcome;
  if (mixes?.has(server.name) === true) return 'allocated';
  const grant = grants.get(server.name);
  if (grant === undefined) return 'unserved';
  if (grant.bestEffort) return 'best-effort';
  return load.kind === 'zero' ? 'zero-load' : 'allocated';
}
