import type { OptimizerSpec } from '#shared/contracts/system-data.js';
import { cardsOf, isCapped } from '../candidates/candidate.js';
import { compareText } from '../order.js';
import { grantBestEffort } from './best-effort.js';
import type { CardLedger } from './card-ledger.js';
import type { Contender, Grant, Refusal, Solution } from './problem.js';

/** A server in the queue, and the candidate that it is at. */
interface Entry {
  readonly contender: Contender;
  index: number;
}

/**
 * Servers in the order of priority, then of regret (what it costs them to fall back on their next candidate), then of value: each takes
 * its candidate if the cards are there, else queues again with its next one. Who is left without any gets what the saturation policy
 * gives, after its priority, or after all of them with `delayedBestEffort`.
 */
export function solveGreedy(
  contenders: readonly Contender[],
  ledger: CardLedger,
  { saturationPolicy, delayedBestEffort }: Pick<OptimizerSpec, 'saturationPolicy' | 'delayedBestEffort'>,
): Solution {
  const grants = new Map<string, Grant>();
  const refusals = new Map<string, Map<string, Refusal>>();
  let unserved: Contender[] = [];
  for (const group of byPriority(contenders)) {
    unserved.push(...allocateGroup(group, ledger, grants, refusals));
    if (delayedBestEffort) continue;
    grantBestEffort(unserved, ledger, saturationPolicy, grants);
    unserved = [];
  }
  grantBestEffort(unserved, ledger, saturationPolicy, grants);
  return { grants, refusals, proof: null };
}

/** Groups of one priority each, the highest first. */
export function byPriority(contenders: readonly Contender[]): Contender[][] {
  const groups = new Map<number, Contender[]>();
  for (const contender of contenders) {
    const group = groups.get(contender.priority);
    if (group === undefined) groups.set(contender.priority, [contender]);
    else group.push(contender);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** @returns who found no room, in the order in which they ran out of candidates */
function allocateGroup(
  group: readonly Contender[],
  ledger: CardLedger,
  grants: Map<string, Grant>,
  refusals: Map<string, Map<string, Refusal>>,
): Contender[] {
  const unserved: Contender[] = [];
  const queue = group.map((contender): Entry => ({ contender, index: 0 })).sort(lastFirst);
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    const { contender, index } = entry;
    const candidate = contender.eligible[index];
    if (candidate === undefined) {
      unserved.push(contender);
      continue;
    }
    const asked = cardsOf(candidate, candidate.numReplicas);
    const left = ledger.left(candidate.placement.type);
    if (asked <= left) {
      ledger.take(candidate.placement.type, asked);
      grants.set(contender.name, { candidate, numReplicas: candidate.numReplicas, bestEffort: isCapped(candidate) });
      continue;
    }
    const refused = refusals.get(contender.name) ?? new Map<string, Refusal>();
    refusals.set(contender.name, refused.set(candidate.placement.accelerator, { asked, left }));
    entry.index = index + 1;
    queue.splice(placeOf(entry, queue), 0, entry);
  }
  return unserved;
}

/** Whose turn is next stands at the end. The last candidate of a server has no other to regret: it goes before all others. */
function lastFirst(a: Entry, b: Entry): number {
  const regretA = regretOf(a);
  const regretB = regretOf(b);
  if (regretA !== regretB) return regretA - regretB;
  return valueAt(a) - valueAt(b) || compareText(b.contender.name, a.contender.name);
}

function regretOf({ contender, index }: Entry): number {
  const next = contender.eligible[index + 1];
  return next === undefined ? Infinity : next.value - (contender.eligible[index]?.value ?? 0);
}

function valueAt({ contender, index }: Entry): number {
  return contender.eligible[index]?.value ?? Infinity;
}

/** Where an entry belongs in the queue, by bisection. */
function placeOf(entry: Entry, queue: readonly Entry[]): number {
  let from = 0;
  let to = queue.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (lastFirst(queue[middle] as Entry, entry) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
