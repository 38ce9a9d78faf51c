import type { OptimizerSpec } from '#shared/contracts/system-data.js';
import { cardsOf, type Candidate } from '../candidates/candidate.js';
import { byName } from '../order.js';
import type { CardLedger } from './card-ledger.js';
import type { Contender, Grant } from './problem.js';

/** A server that is being served as far as the cards go. */
interface Share {
  readonly contender: Contender;
  readonly candidate: Candidate;
  numReplicas: number;
}

/**
 * Gives what is left to servers for which no candidate has room in full:
 * - `PriorityExhaustive`: one after the other, the highest priority first, as many replicas as fit;
 * - `PriorityRoundRobin`: one replica each in turn, among those of one priority, the highest first;
 * - `RoundRobin`: one replica each in turn, among all of them;
 * - `None`: nothing.
 * Who still has nothing keeps what it runs: those cards stay taken.
 */
export function grantBestEffort(
  unserved: readonly Contender[],
  ledger: CardLedger,
  policy: OptimizerSpec['saturationPolicy'],
  grants: Map<string, Grant>,
): void {
  for (const group of groupsOf(unserved, policy)) {
    const shares = group.flatMap((contender) => openShare(contender, ledger) ?? []);
    growInTurn(shares, ledger);
    for (const { contender, candidate, numReplicas } of shares) {
      const bestEffort = numReplicas < candidate.neededReplicas;
      grants.set(contender.name, { candidate, numReplicas, bestEffort });
    }
  }
  for (const { name, held } of unserved) {
    if (held !== null && !grants.has(name)) ledger.take(held.type, held.count);
  }
}

/** Those who share in turn; exhaustive sharing is a turn of one's own. */
function groupsOf(unserved: readonly Contender[], policy: OptimizerSpec['saturationPolicy']): Contender[][] {
  const ordered = [...unserved].sort((a, b) => a.priority - b.priority || byName(a, b));
  switch (policy) {
    case 'None':
      return [];
    case 'RoundRobin':
      return [ordered];
    case 'PriorityExhaustive':
      return ordered.map((contender) => [contender]);
    case 'PriorityRoundRobin':
      return [...new Set(ordered.map((contender) => contender.priority))].map((priority) =>
        ordered.filter((contender) => contender.priority === priority),
      );
  }
}

/** The first replica, or the minimum if that is more, on the best candidate with room for it. */
function openShare(contender: Contender, ledger: CardLedger): Share | null {
  for (const candidate of contender.eligible) {
    const numReplicas = Math.max(1, contender.minNumReplicas);
    const cards = cardsOf(candidate, numReplicas);
    if (numReplicas > candidate.numReplicas || cards > ledger.left(candidate.placement.type)) continue;
    ledger.take(candidate.placement.type, cards);
    return { contender, candidate, numReplicas };
  }
  return null;
}

function growInTurn(shares: readonly Share[], ledger: CardLedger): void {
  let growing = shares;
  while (growing.length > 0) {
    const rounds = wholeRounds(growing, ledger);
    growing = growing.filter((share) => grow(share, Math.max(1, rounds), ledger));
  }
}

/** How often all of them can take one replica more before one has enough or a type runs short. */
function wholeRounds(shares: readonly Share[], ledger: CardLedger): number {
  const perRound = new Map<string, number>();
  let rounds = Infinity;
  for (const { candidate, numReplicas } of shares) {
    perRound.set(candidate.placement.type, (perRound.get(candidate.placement.type) ?? 0) + candidate.placement.cardsPerReplica);
    rounds = Math.min(rounds, candidate.numReplicas - numReplicas);
  }
  for (const [type, cards] of perRound) rounds = Math.min(rounds, Math.floor(ledger.left(type) / cards));
  return rounds;
}

/** @returns false when the share has enough, or there is no room for more */
function grow(share: Share, replicas: number, ledger: CardLedger): boolean {
  const { placement, numReplicas } = share.candidate;
  const cards = placement.cardsPerReplica * replicas;
  if (share.numReplicas >= numReplicas || ledger.left(placement.type) < cards) return false;
  ledger.take(placement.type, cards);
  share.numReplicas += replicas;
  return true;
}
