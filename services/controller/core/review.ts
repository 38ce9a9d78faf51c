import type { GrantedAllocation, OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { figure } from './figure.js';
import type { Facts } from './facts.js';
import type { GuardConfig } from './guard-config.js';
import type { ServerMemory } from './guard-memory.js';
import type { Hold } from './holds.js';
import { roomOf, withRoom } from './need.js';
import { valueOf, type ServerView } from './server-view.js';
import { heldBefore, highestOfWindow, windowText, type Window } from './window.js';

/** What the guard weighs an answer of the solver against. */
export interface ReviewContext {
  readonly facts: Facts;
  readonly config: GuardConfig;
  /** Replicas that the load needs on the accelerator that the server has; undefined: not known, or not feasible there. */
  readonly needNow: number | undefined;
  /** The same with room for a little more load; no reason to grow. */
  readonly roomyNow: number | undefined;
  readonly memory: ServerMemory;
  readonly window: Window;
  /** By accelerator type: the highest priority (the least number) of the servers that the answer gives more cards than they have. */
  readonly growing: ReadonlyMap<string, number>;
  /** What the solver alone would want, with the max batch that is best wherever it is. */
  readonly free: OptimizeOneResponse;
}

/** Predictions are rounded on their way here; a target that is met to within this part is met. */
const TOLERANCE = 1e-3;

/**
 * Why the solver's choice for a server must not be carried out, as the hold that the next solve takes in; undefined: no objection.
 * More replicas where it is never meet one. Fewer, and cheaper elsewhere, only when no measured or predicted latency speaks against
 * it and the lower need has held.
 */
export function objectionTo(view: ServerView, answer: OptimizeOneResponse, context: ReviewContext): Hold | undefined {
  const { current } = view;
  const explanation = answer.explanations[view.name];
  const chosen = answer.allocations[view.name];
  if (chosen === undefined) {
    const reason = `the solver has nothing for it: ${explanation?.reason ?? 'no explanation'}`;
    return { kind: 'pin', code: 'unserved', reason, numReplicas: current.numReplicas };
  }
  if (current.numReplicas === 0) return undefined;
  const stays = isSameAccelerator(view, chosen);
  const allowed = Math.min(current.numReplicas, view.maxReplicas);
  if (stays && chosen.numReplicas >= allowed) return undefined;

  if (view.short !== undefined && !carriesMore(view, chosen, answer)) {
    const reason = `${changeText(view, chosen, stays)} waits: ${view.short}`;
    return { kind: 'floor', code: 'stabilising', reason, numReplicas: allowed };
  }
  const needsMore = context.needNow === undefined || context.needNow > current.numReplicas;
  if (explanation?.outcome === 'best-effort') {
    if (stays) return whySharesLess(view, chosen, context, allowed);
    if (needsMore) return whyNoBetterThere(view, chosen, answer, allowed);
  }
  if (!stays && prefersOtherBatch(view, context.free)) {
    const reason = `${changeText(view, chosen, stays)} is not taken: another max batch on ${current.accelerator} is the cheaper change`;
    return { kind: 'keep-accelerator', code: 'max-batch', reason, numReplicas: 0 };
  }
  const tight = stays ? undefined : whyTooTightThere(view, chosen, answer, context);
  if (tight !== undefined) return tight;
  // What it has is too little already: moving is growth, and growth is at once.
  if (!stays && needsMore) return undefined;
  return whyNotLess(view, chosen, answer, context, stays);
}

/** With no replicas there is no pod whose accelerator would matter. */
export function isSameAccelerator(view: ServerView, { accelerator, numReplicas }: GrantedAllocation): boolean {
  return accelerator === view.current.accelerator || numReplicas === 0;
}

/** Only the max batch that runs makes another accelerator look better. */
function prefersOtherBatch({ current, name }: ServerView, { allocations, explanations }: OptimizeOneResponse): boolean {
  const chosen = allocations[name];
  const isOther = chosen?.accelerator === current.accelerator && chosen.maxBatch !== current.maxBatch && current.maxBatch > 0;
  return isOther && explanations[name]?.outcome === 'allocated';
}

/**
 * The same room on both sides: a move that a little more load would make the dearer one is for nothing, and it would come back. Worked,
 * 240 requests/min measured, room 0.18: two at 40 cents/hr where it is, or one at 65 elsewhere that carries 245. There it would be two.
 */
function whyTooTightThere(
  view: ServerView,
  chosen: GrantedAllocation,
  answer: OptimizeOneResponse,
  { config, facts, needNow, roomyNow }: ReviewContext,
): Hold | undefined {
  const { accelerator, numReplicas } = chosen;
  const { model } = view.spec;
  const here = facts.replicaLikely(model, view.current.accelerator);
  const there = facts.replicaLikely(model, accelerator);
  const needed = withRoom(numReplicas, ratePerReplica(answer, view.name, accelerator, 0), view, config);
  if (needed === numReplicas || needNow === undefined || roomyNow === undefined || here === undefined || there === undefined) {
    return undefined;
  }
  const { total = 0, used = 0 } = answer.capacity[here.type] ?? {};
  const left = total - used + (there.type === here.type ? there.cards * numReplicas : 0);
  const canStay = here.cards * needNow <= left;
  if (!canStay || there.cost * needed < here.cost * roomyNow) return undefined;
  const room = `${figure(roomOf(view, config) * 100)} % of room`;
  const reason = `${numReplicas} × ${accelerator} would leave less than ${room}, and ${needed} are no cheaper than ${roomyNow} × ${view.current.accelerator}`;
  return { kind: 'keep-accelerator', code: 'stabilising', reason, numReplicas: 0 };
}

/**
 * Best effort takes replicas only for the sake of a higher priority, and like any reduction only once that has held for the window:
 * who shares what is scarce changes with every small change of load, and each turn would cost a start-up.
 */
function whySharesLess(
  view: ServerView,
  chosen: GrantedAllocation,
  { config, memory, window, facts, growing }: ReviewContext,
  allowed: number,
): Hold | undefined {
  const { current, priority = Infinity } = view;
  const type = facts.replicaLikely(view.spec.model, current.accelerator)?.type ?? '';
  const what = `${current.numReplicas} → ${chosen.numReplicas} by best effort`;
  const floor = (code: Hold['code'], reason: string, numReplicas: number): Hold => ({ kind: 'floor', code, reason, numReplicas });
  if (!((growing.get(type) ?? Infinity) < priority)) {
    return floor('unserved', `${what} is not taken: no server of a higher priority needs its ${type} cards`, allowed);
  }
  const stabilised = Math.min(allowed, highestOfWindow(chosen.numReplicas, memory.grants, current.numReplicas, window));
  if (chosen.numReplicas >= stabilised) return undefined;
  const cycles = windowText(config, window);
  const reason = `${what} waits until it has held for ${cycles}; till then ${stabilised}`;
  return floor('stabilising', reason, stabilised);
}

/** A best effort elsewhere must carry more than what runs now, or the change of accelerator was for nothing. */
function whyNoBetterThere(
  view: ServerView,
  chosen: GrantedAllocation,
  answer: OptimizeOneResponse,
  allowed: number,
): Hold | undefined {
  const { current, name } = view;
  const carries = (accelerator: string, numReplicas: number): number =>
    ratePerReplica(answer, name, accelerator, 0) * numReplicas;
  const now = carries(current.accelerator, allowed);
  const there = carries(chosen.accelerator, chosen.numReplicas);
  if (there > now) return undefined;
  const reason = `best effort on ${chosen.accelerator} carries ${figure(there)} requests/min, what it has ${figure(now)}`;
  return { kind: 'floor', code: 'unserved', reason, numReplicas: allowed };
}

/** Whether the chosen replicas carry more within the targets than those that it has, as far as that is known. */
function carriesMore(
  { current, maxReplicas, name }: ServerView,
  chosen: GrantedAllocation,
  answer: OptimizeOneResponse,
): boolean {
  const now = ratePerReplica(answer, name, current.accelerator, Infinity) * current.numReplicas;
  return ratePerReplica(answer, name, chosen.accelerator, 0) * Math.min(chosen.numReplicas, maxReplicas) > now;
}

function changeText({ current }: ServerView, { accelerator, numReplicas }: GrantedAllocation, stays: boolean): string {
  return stays ? `${current.numReplicas} → ${numReplicas}` : `${numReplicas} × ${accelerator}`;
}

function ratePerReplica(answer: OptimizeOneResponse, server: string, accelerator: string, otherwise: number): number {
  const candidate = answer.explanations[server]?.candidates.find((item) => item.accelerator === accelerator);
  return candidate?.ratePerReplica ?? otherwise;
}

function whyNotLess(
  view: ServerView,
  chosen: GrantedAllocation,
  answer: OptimizeOneResponse,
  { config, needNow, roomyNow, memory, window }: ReviewContext,
  stays: boolean,
): Hold | undefined {
  const { current, maxReplicas } = view;
  const floor = (code: Hold['code'], reason: string, numReplicas = current.numReplicas): Hold => ({
    kind: 'floor',
    code,
    reason,
    numReplicas: Math.min(numReplicas, maxReplicas),
  });
  const what = changeText(view, chosen, stays);
  const cheaper = (chosen.cost ?? Infinity) < view.currentCost || chosen.numReplicas < current.numReplicas;

  const measured = cheaper ? whyMeasuredTooSlow(view) : undefined;
  if (measured !== undefined) return floor('slo-measured', `${what} waits: ${measured}`);
  const predicted = whyPredictedTooSlow(view, chosen, answer);
  if (predicted !== undefined) return floor('slo-predicted', `${what} is not taken: ${predicted}`);

  const cycles = windowText(config, window);
  const stabilised = highestOfWindow(roomyNow, memory.needs, current.numReplicas, window);
  if (stays) {
    if (chosen.numReplicas >= Math.min(stabilised, maxReplicas)) return undefined;
    // Not the window, but what is measured now, keeps it up.
    if (needNow !== undefined && needNow <= chosen.numReplicas && roomyNow !== undefined && roomyNow >= stabilised) {
      const room = `${figure(roomOf(view, config) * 100)} % of room`;
      return floor('stabilising', `${what} would leave less than ${room}; it keeps ${stabilised}`, stabilised);
    }
    return floor('stabilising', `${what} waits until the lower need has held for ${cycles}; till then ${stabilised}`, stabilised);
  }
  if (heldBefore(memory.wishes, window, (wish) => wish === chosen.accelerator)) return undefined;
  return floor('stabilising', `${what} waits until it has been the better choice for ${cycles}`, stabilised);
}

function whyMeasuredTooSlow({ targets, readings }: ServerView): string | undefined {
  const over = [
    { name: 'ITL', value: valueOf(readings.itlAverage), target: targets?.itl ?? 0 },
    { name: 'TTFT', value: valueOf(readings.ttftAverage), target: targets?.ttft ?? 0 },
  ].find(({ value, target }) => target > 0 && value !== undefined && value > target);
  return over && `measured ${over.name} ${figure(over.value ?? 0)} > ${figure(over.target)} ms`;
}

/** The consolidation check: would the smaller allocation still meet the targets at the load that was measured? */
function whyPredictedTooSlow(view: ServerView, chosen: GrantedAllocation, answer: OptimizeOneResponse): string | undefined {
  const { targets, load } = view;
  if (targets === null || !load.known || !(Number(load.load.arrivalRate) > 0)) return undefined;
  const { itlAverage: itl = 0, ttftAverage: ttft = 0 } = chosen;
  if (targets.itl > 0 && itl > targets.itl * (1 + TOLERANCE)) return `predicted ITL ${figure(itl)} > ${figure(targets.itl)} ms`;
  if (targets.ttft > 0 && ttft > targets.ttft * (1 + TOLERANCE)) {
    return `predicted TTFT ${figure(ttft)} > ${figure(targets.ttft)} ms`;
  }
  const carries = ratePerReplica(answer, view.name, chosen.accelerator, Infinity) * chosen.numReplicas;
  const offered = Number(load.load.arrivalRate);
  if (offered > carries * (1 + TOLERANCE)) {
    return `${chosen.numReplicas} carry ${figure(carries)} of ${figure(offered)} requests/min within the targets`;
  }
  return undefined;
}
