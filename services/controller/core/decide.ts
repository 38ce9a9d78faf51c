import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemData } from '#shared/contracts/system-data.js';
import { checkAnswer } from './check-answer.js';
import { measuringWindowMs } from './coverage.js';
import { conclude, type Decision, type Snapshot } from './conclude.js';
import { goalsOf } from './goals.js';
import { NO_STATE, recall } from './guard-memory.js';
import { isLiftable, withData, type Hold, type Holds } from './holds.js';
import { batchWish, choosesWhatRuns, pressingBatch, whyBatchWaits, type BatchWish, type WaitingBatch } from './max-batch.js';
import { needOf, needWithRoom } from './need.js';
import { growingTypes } from './observe.js';
import { problemOf, solvable } from './problem.js';
import { objectionTo } from './review.js';
import { look } from './look.js';
import type { ServerView } from './server-view.js';
import { planSteps } from './steps.js';
import { stuckMoves } from './waiting.js';
import { windowOf } from './window.js';

/** Solves per cycle at most. Each but the first two takes in the holds that the one before has led to; two or three are the rule. */
export const MOST_ROUNDS = 7;

/**
 * One decision for the whole fleet. A generator, so that it stays pure while somebody else asks the optimizer: it yields problems and
 * is sent their answers. The first problem is free of all holds that can be lifted, and shows what the solver alone would want; the
 * second the same with the max batches that run, for which replicas are sized from there on wherever no change of it is due. Then the
 * holds come in, as pins and floors within the problem, until the guard has no objection to the answer; last, the steps that can be
 * taken now.
 * @throws AnswerError when an answer names what it was not asked about
 */
export function* decide(snapshot: Snapshot): Generator<SystemData, Decision, OptimizeOneResponse> {
  const { collected, data, state, config, nowMs, isScheduled = false } = snapshot;
  const window = windowOf(state, config, { nowMs, isScheduled, measuringMs: measuringWindowMs(collected) });
  const { views, facts, exhausted, exhaustions, holds } = look(snapshot, window);
  const memories = new Map(views.map((view) => [view, recall(state, view)]));
  const memoryOf = (view: ServerView) => memories.get(view) ?? recall(NO_STATE, view);
  const before = new Map(holds);
  const freed = new Map<string, BatchWish>();
  const known = { snapshot, facts, views, window, memoryOf, exhausted, exhaustions };
  let rounds = 0;

  const contenders = solvable(views, holds);
  if (contenders.length === 0) {
    const goals = goalsOf(views, holds, undefined, new Set());
    return conclude({ ...known, holds, rounds, goals, unheld: undefined, answer: undefined, batches: new Map() });
  }

  const unliftable = new Map([...holds].filter(([, hold]) => !isLiftable(hold)));
  const free = yield* solve(unliftable, () => undefined);
  const kept = contenders.every((view) => choosesWhatRuns(view, free)) ? free : yield* solve(unliftable, () => true);
  const unheld = { free, kept };
  const waiting = freeDueBatches();
  let answer = unliftable.size === holds.size && freed.size === 0 ? kept : yield* solve(holds);
  while (rounds < MOST_ROUNDS) {
    const pressing = pressingBatches(answer);
    const found = [...objectionsTo(answer)].filter(([name]) => !pressing.has(name));
    if (found.length === 0 && pressing.size === 0) break;
    for (const [name, wish] of pressing) freed.set(name, wish);
    for (const [name, hold] of found) holds.set(name, hold);
    answer = yield* solve(holds);
  }
  const goals = goalsOf(views, withLastObjections(), answer, new Set(freed.keys()));
  return conclude({ ...known, holds, rounds, goals, unheld, answer, batches: new Map([...waiting, ...freed]) });

  function* solve(
    under: Holds,
    keepsBatchOf: (view: ServerView) => boolean | undefined = (view) => !freed.has(view.name),
  ): Generator<SystemData, OptimizeOneResponse, OptimizeOneResponse> {
    rounds++;
    const problem = problemOf(views, under, keepsBatchOf, { data, facts });
    const reply = yield problem;
    checkAnswer(problem.system, reply);
    return reply;
  }

  /** Servers whose max batch may change now are freed; those for which it may not yet come back, with why. */
  function freeDueBatches(): Map<string, WaitingBatch> {
    const waits = new Map<string, WaitingBatch>();
    for (const view of contenders) {
      const wish = batchWish(view, unheld, config);
      if (wish === undefined) continue;
      const context = { config, nowMs, window, memory: memoryOf(view), hold: before.get(view.name) };
      const why = whyBatchWaits(view, wish, unheld, context);
      if (why === undefined) freed.set(view.name, wish);
      else waits.set(view.name, { ...wish, waits: why });
    }
    return waits;
  }

  function pressingBatches(reply: OptimizeOneResponse): Map<string, BatchWish> {
    return new Map(
      contenders.flatMap((view) => {
        const wish = freed.has(view.name) ? undefined : pressingBatch(view, free, reply, before.get(view.name));
        return wish === undefined ? [] : [[view.name, wish] as const];
      }),
    );
  }

  /** What speaks against an answer; only when nothing does, moves that can never come about. */
  function objectionsTo(reply: OptimizeOneResponse): Map<string, Hold> {
    const objections = reviewed(reply);
    if (objections.size > 0) return objections;
    const planned = goalsOf(views, holds, reply, new Set(freed.keys()));
    const steps = planSteps(planned, facts, config);
    const stuck = [...stuckMoves(planned, (server) => steps.get(server)?.limit, facts)];
    return new Map(stuck.map(([name, { code, reason }]) => [name, { kind: 'keep-accelerator', code, reason, numReplicas: 0 }]));
  }

  function reviewed(reply: OptimizeOneResponse): Map<string, Hold> {
    const objections = new Map<string, Hold>();
    const growing = growingTypes(views, reply, facts);
    for (const view of contenders) {
      const kind = holds.get(view.name)?.kind;
      if (kind === 'pin' || kind === 'out') continue;
      const needs = { needNow: needOf(view, kept), roomyNow: needWithRoom(view, kept, config) };
      const context = { facts, config, ...needs, memory: memoryOf(view), window, growing, free };
      const objection = objectionTo(view, reply, context);
      if (objection !== undefined) objections.set(view.name, withData(view, objection, facts));
    }
    return objections;
  }

  /** The rounds are over: what still speaks against the answer holds all the same, only not within the solve. */
  function withLastObjections(): Holds {
    for (const [name, hold] of reviewed(answer)) holds.set(name, hold);
    return holds;
  }
}
