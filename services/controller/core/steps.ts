import { LOWEST_PRIORITY } from '#shared/contracts/system-data.js';
import { addCards, maxCards, type Cards } from './cards.js';
import type { Facts, ReplicaFacts } from './facts.js';
import { counted, figure } from './figure.js';
import type { GuardConfig } from './guard-config.js';
import { cardsAt } from './problem.js';
import type { Placement, ServerView } from './server-view.js';
import { totalServing } from './stuck.js';
import { cardsLimit, releasesOf, type Goal, type Limit, type Releases } from './waiting.js';

/** What this cycle does of it, and what the rest waits for. */
export interface Step {
  readonly planned: Placement;
  readonly limit: Limit | undefined;
  /** Of a roll-out: pods that it may have beyond its count, as there are cards for no more. */
  readonly maxSurge?: number;
}

/** Part of its pods that a roll-out is ahead by where there are cards for it: the default of Kubernetes. */
const USUAL_SURGE = 0.25;

/**
 * The part of the goals that can be done now. Growth takes only cards that no pod holds, so whatever order the steps are carried out
 * in, and if any of them fails, no type is asked for more cards than there are; what others release counts from the next cycle on.
 * The same for the ceiling on cost. Highest priority first; growth before reductions, which only save money.
 */
export function planSteps(goals: readonly Goal[], facts: Facts, config: GuardConfig): Map<string, Step> {
  const room = createRoom(goals, facts, config);
  const steps = new Map<string, Step>();
  const order = [...goals].sort(
    (a, b) => urgency(a) - urgency(b) || rank(a.view) - rank(b.view) || (a.view.name < b.view.name ? -1 : 1),
  );
  for (const goal of order) steps.set(goal.view.name, stepTowards(goal, room, facts));
  return steps;
}

/** What is left to hand out. */
interface Room {
  readonly cards: Map<string, number>;
  costPerHr: number;
  replicaChanges: number;
  readonly config: GuardConfig;
  readonly releases: Releases;
}

function createRoom(goals: readonly Goal[], facts: Facts, config: GuardConfig): Room {
  const held = addCards(...goals.map(({ view }) => maxCards(view.heldCards, view.currentCards)));
  const costPerHr = goals.reduce((sum, { view }) => sum + view.askedCost, 0);
  return {
    cards: new Map([...facts.usableByType].map(([type, count]) => [type, count - (held.get(type) ?? 0)])),
    costPerHr: config.maxCostPerHr - costPerHr,
    replicaChanges: config.maxReplicaChanges,
    config,
    releases: releasesOf(goals, facts),
  };
}

function stepTowards(goal: Goal, room: Room, facts: Facts): Step {
  const { view, target } = goal;
  if (view.stuck !== undefined) return unstick(goal, room, facts);
  const { current } = view;
  if (isSame(current, target)) return { planned: current, limit: undefined };
  const moves = target.accelerator !== current.accelerator;
  const shrinks = !moves && target.numReplicas < current.numReplicas;
  const changesBatch = target.maxBatch !== current.maxBatch && target.numReplicas > 0;
  if (shrinks && !changesBatch) return shrink(goal, room);
  const replica = facts.replicaLikely(view.spec.model, target.accelerator);
  if (replica === undefined) return { planned: current, limit: undefined };
  if (shrinks) {
    const both = rollOut(goal, replica, room);
    return both.limit === undefined ? both : shrink(goal, room);
  }
  if (moves && current.numReplicas > 0) return move(goal, replica, room);
  if (target.numReplicas > current.numReplicas) return grow(goal, replica, room);
  return rollOut(goal, replica, room);
}

function shrink({ view, target }: Goal, room: Room): Step {
  const { asked } = view;
  const wanted = asked.numReplicas - target.numReplicas;
  const granted = Math.min(wanted, room.replicaChanges);
  room.replicaChanges -= granted;
  const planned = { ...asked, numReplicas: asked.numReplicas - granted };
  return { planned, limit: granted === wanted ? undefined : changesLimit(room, wanted, granted) };
}

/** In part, if it must be: each replica helps. From zero on another accelerator too, as no pod is there that would have to move. */
function grow({ view, target }: Goal, replica: ReplicaFacts, room: Room): Step {
  const { current } = view;
  const wanted = target.numReplicas - current.numReplicas;
  const free = room.cards.get(replica.type) ?? 0;
  const byCards = Math.max(0, Math.floor(free / replica.cards));
  const byCost = replica.cost > 0 ? Math.max(0, Math.floor(room.costPerHr / replica.cost + 1e-9)) : Infinity;
  const granted = Math.min(wanted, byCards, byCost, room.replicaChanges);
  const limit =
    granted === wanted
      ? undefined
      : granted === byCards
        ? cardsLimit(
            view.name,
            { type: replica.type, cards: (wanted - granted) * replica.cards },
            free - granted * replica.cards,
            room.releases,
          )
        : granted === byCost
          ? costLimit(room, (wanted - granted) * replica.cost)
          : changesLimit(room, wanted, granted);
  if (granted === 0) return { planned: current, limit };
  take(room, replica, granted, granted * replica.cost, granted);
  return { planned: { ...target, numReplicas: current.numReplicas + granted }, limit };
}

/**
 * All or nothing. The roll-out to the new accelerator goes through the replicas that there are before the count changes, so it needs
 * cards for the larger of both counts: 10 × L4 → 2 × A100 needs ten A100 for a while, or it would stop half-way.
 */
function move({ view, target }: Goal, replica: ReplicaFacts, room: Room): Step {
  const { current } = view;
  const replicas = Math.max(current.numReplicas, target.numReplicas);
  const needed = replicas * replica.cards;
  const free = Math.max(0, room.cards.get(replica.type) ?? 0);
  const extraCost = Math.max(0, target.numReplicas * replica.cost - view.currentCost);
  const wait = (limit: Limit): Step => ({ planned: current, limit });
  if (needed > free) return wait(cardsLimit(view.name, { type: replica.type, cards: needed - free }, free, room.releases));
  if (extraCost > room.costPerHr + 1e-9 && extraCost > 0) return wait(costLimit(room, extraCost));
  if (replicas > room.replicaChanges) return wait(changesLimit(room, replicas, 0));
  take(room, replica, replicas, extraCost, replicas);
  return { planned: target, limit: undefined, maxSurge: usualSurge(current) };
}

/** Another max batch: every pod is replaced, some ahead of the old ones; fewer of them only after that. */
function rollOut({ view, target }: Goal, replica: ReplicaFacts, room: Room): Step {
  const { current } = view;
  const free = room.cards.get(replica.type) ?? 0;
  if (free < replica.cards) {
    const reason = `a roll-out needs ${counted(replica.cards, `free ${replica.type} card`)}, there are ${Math.max(0, free)}`;
    return { planned: current, limit: { code: 'cards', reason } };
  }
  if (current.numReplicas > room.replicaChanges) return { planned: current, limit: changesLimit(room, current.numReplicas, 0) };
  const maxSurge = Math.min(usualSurge(current), Math.floor(free / replica.cards));
  take(room, replica, maxSurge, 0, current.numReplicas);
  return { planned: target, limit: undefined, maxSurge };
}

/**
 * A server whose asked-for pods have failed to start. On the accelerator that it asks for nothing is added, and what is asked for is
 * left as it is unless even fewer are needed than serve. Elsewhere (back to where it serves, or on to a third) it goes like any move,
 * with every replica that it asks for; where the cards do not suffice for that, first without those that do not start.
 */
function unstick({ view, target }: Goal, room: Room, facts: Facts): Step {
  const { asked, current } = view;
  if (target.accelerator === asked.accelerator) {
    if (target.numReplicas < current.numReplicas) return shrink({ view, target }, room);
    return { planned: asked, limit: undefined };
  }
  const replica = facts.replicaLikely(view.spec.model, target.accelerator);
  if (replica === undefined) return { planned: asked, limit: undefined };
  const there = target.accelerator === current.accelerator ? current.numReplicas : 0;
  const free = Math.max(0, room.cards.get(replica.type) ?? 0);
  const missing = (count: number): number => (count - there) * replica.cards - free;
  const replicas = Math.max(asked.numReplicas, target.numReplicas);
  if (missing(replicas) > 0) {
    const limit = cardsLimit(view.name, { type: replica.type, cards: missing(replicas) }, free, room.releases);
    const fewer = Math.max(totalServing(view), target.numReplicas, 1);
    const dropped = asked.numReplicas - fewer;
    if (dropped <= 0 || missing(fewer) > 0 || dropped > room.replicaChanges) return { planned: asked, limit };
    room.replicaChanges -= dropped;
    // Without `missing`: the move is on its way, and no reason to give it up.
    return { planned: { ...asked, numReplicas: fewer }, limit: { code: limit.code, reason: limit.reason } };
  }
  const extraCost = Math.max(0, target.numReplicas * replica.cost - view.askedCost);
  if (extraCost > 0 && extraCost > room.costPerHr + 1e-9) return { planned: asked, limit: costLimit(room, extraCost) };
  if (replicas > room.replicaChanges) return { planned: asked, limit: changesLimit(room, replicas, 0) };
  take(room, replica, replicas - there, extraCost, replicas);
  return { planned: target, limit: undefined };
}

function usualSurge({ numReplicas }: Placement): number {
  return Math.ceil(numReplicas * USUAL_SURGE);
}

function take(room: Room, replica: ReplicaFacts, replicas: number, costPerHr: number, changes: number): void {
  room.cards.set(replica.type, (room.cards.get(replica.type) ?? 0) - replicas * replica.cards);
  room.costPerHr -= costPerHr;
  room.replicaChanges -= changes;
}

function costLimit({ config, costPerHr }: Room, missing: number): Limit {
  const left = figure(Math.max(0, costPerHr));
  const reason = `waits: ${figure(missing)} cents/hr more, and the ceiling of ${figure(config.maxCostPerHr)} leaves ${left}`;
  return { code: 'max-cost', reason };
}

function changesLimit({ config }: Room, wanted: number, granted: number): Limit {
  const never = wanted > config.maxReplicaChanges && granted === 0 ? ', which is less than this takes at once' : '';
  const reason = `waits with ${counted(wanted - granted, 'replica')}: a cycle changes ${config.maxReplicaChanges} at most${never}`;
  return { code: 'max-replica-changes', reason };
}

function isSame(a: Placement, b: Placement): boolean {
  return a.accelerator === b.accelerator && a.numReplicas === b.numReplicas && a.maxBatch === b.maxBatch;
}

function urgency({ view: { current }, target }: Goal): number {
  const saves = target.numReplicas < current.numReplicas && target.accelerator === current.accelerator;
  return saves ? 1 : 0;
}

function rank({ priority = LOWEST_PRIORITY + 1 }: ServerView): number {
  return priority;
}

/** Cards by type, held once the steps are carried out and what they replace is gone. */
export function plannedCards(views: readonly ServerView[], steps: ReadonlyMap<string, Step>, facts: Facts): Cards {
  return addCards(
    ...views.map((view) => {
      const planned = steps.get(view.name)?.planned ?? view.asked;
      const moves = planned.accelerator !== view.asked.accelerator || planned.numReplicas !== view.asked.numReplicas;
      return moves ? cardsAt(view, planned.accelerator, planned.numReplicas, facts) : view.currentCards;
    }),
  );
}
