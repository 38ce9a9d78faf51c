import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemData } from '#shared/contracts/system-data.js';
import { checkAnswer } from './check-answer.js';
import { measuringWindowMs } from './coverage.js';
import { conclude, type Decision, type Snapshot } from './conclude.js';
import { createBatchRule, goalsOf } from './goals.js';
import { NO_STATE, recall } from './guard-memory.js';
import { isLiftable, withData, type Hold, type Holds } from './holds.js';
import { growingTypes, needOf, needWithRoom } from './observe.js';
import { problemOf, solvable } from './problem.js';
import { objectionTo } from './review.js';
import { look } from './look.js';
import type { ServerView } from './server-view.js';
import { planSteps } from './steps.js';
import { stuckMoves } from './waiting.js';
import { windowOf } from './window.js';

/** Solves per cycle at most. Each but the first takes in the holds that the one before has led to; two are the rule. */
export const MOST_ROUNDS = 6;

/**
 * One decision for the whole fleet. A generator, so that it stays pure while somebody else asks the optimizer: it yields problems and
 * is sent their answers. The first problem is free of all holds that can be lifted, and shows what the solver alone would want. Then
 * the holds come in, as pins and floors within the problem, until the guard has no objection to the answer; last, the steps that can
 * be taken now.
 * @throws AnswerError when an answer names what it was not asked about
 */
export function* decide(snapshot: Snapshot): Generator<SystemData, Decision, OptimizeOneResponse> {
  const { collected, data, state, config, nowMs, isScheduled = false } = snapshot;
  const window = windowOf(state, config, { nowMs, isScheduled, measuringMs: measuringWindowMs(collected) });
  const { views, facts, exhausted, exhaustions, holds } = look(snapshot, window);
  const memories = new Map(views.map((view) => [view, recall(state, view)]));
  const memoryOf = (view: ServerView) => memories.get(view) ?? recall(NO_STATE, view);
  const batchRule = createBatchRule(config, nowMs, memoryOf, window);
  const known = { snapshot, facts, views, window, memoryOf, exhausted, exhaustions };
  let rounds = 0;

  const contenders = solvable(views, holds);
  if (contenders.length === 0) {
    const goals = goalsOf(views, holds, undefined, batchRule);
    return conclude({ ...known, holds, rounds, goals, free: undefined, answer: undefined });
  }

  const unliftable = new Map([...holds].filter(([, hold]) => !isLiftable(hold)));
  const free = yield* solve(unliftable);
  let answer = unliftable.size === holds.size ? free : yield* solve(holds);
  while (rounds < MOST_ROUNDS) {
    const found = objectionsTo(answer);
    if (found.size === 0) break;
    for (const [name, hold] of found) holds.set(name, hold);
    answer = yield* solve(holds);
  }
  const goals = goalsOf(views, withLastObjections(), answer, batchRule);
  return conclude({ ...known, holds, rounds, goals, free, answer });

  function* solve(under: Holds): Generator<SystemData, OptimizeOneResponse, OptimizeOneResponse> {
    rounds++;
    const problem = problemOf(views, under, data, facts);
    const reply = yield problem;
    checkAnswer(problem.system, reply);
    return reply;
  }

  /** What speaks against an answer; only when nothing does, moves that can never come about. */
  function objectionsTo(reply: OptimizeOneResponse): Map<string, Hold> {
    const objections = reviewed(reply);
    if (objections.size > 0) return objections;
    const planned = goalsOf(views, holds, reply, batchRule);
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
      const needs = { needNow: needOf(view, free), roomyNow: needWithRoom(view, free, config) };
      const context = { facts, config, ...needs, memory: memoryOf(view), window, growing };
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
