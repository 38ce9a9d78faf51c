import type { CycleRecord, ServerDecision } from '#shared/contracts/controller.js';
import type { FleetSummary } from '#shared/contracts/fleet-summary.js';
import type { CollectResponse, ServerEvent } from '#shared/contracts/loop.js';
import type { Explanation, GrantedAllocation, OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { Allocation } from '#shared/contracts/system-data.js';
import { addCards, maxCards } from './cards.js';
import type { ControllerData, Facts } from './facts.js';
import type { Exhaustions } from './exhaustion.js';
import type { GuardConfig } from './guard-config.js';
import { remember, type GuardState, type ServerMemory } from './guard-memory.js';
import type { Holds } from './holds.js';
import type { BatchWish, Unheld, WaitingBatch } from './max-batch.js';
import { observe, wantedOf } from './observe.js';
import type { AllBounds, Placement, ServerView } from './server-view.js';
import { plannedCards, planSteps, type Step } from './steps.js';
import { eventsOf } from './server-events.js';
import { verdictOf } from './verdict.js';
import type { Goal } from './waiting.js';
import type { Window } from './window.js';

export interface Snapshot {
  readonly collected: CollectResponse;
  readonly data: ControllerData;
  readonly state: GuardState;
  readonly config: GuardConfig;
  /** What the servers' schedules set at this time. */
  readonly bounds?: AllBounds;
  /** A partial cycle: this server gets a replica at least, and all others stay as they are. */
  readonly wakes?: string | undefined;
  readonly nowMs: number;
  /** A cron schedule has called this cycle. */
  readonly isScheduled?: boolean;
}

export interface Decision {
  readonly servers: Readonly<Record<string, ServerDecision>>;
  /** What the optimizer said of each server that was put to it: of a held one, what it would want without the hold. */
  readonly explanations: Readonly<Record<string, Explanation>>;
  /** What is to change now, by server. */
  readonly changes: Readonly<Record<string, Allocation>>;
  /** Server → pods that its roll-out may have beyond its count. */
  readonly surges: Readonly<Record<string, number>>;
  /** What is to be told at the Deployments. */
  readonly events: readonly ServerEvent[];
  readonly capacity: CycleRecord['capacity'];
  readonly cost: CycleRecord['cost'];
  readonly solver: CycleRecord['solver'];
  /** What the solver alone says of the fleet as a whole; absent: there was nothing to solve. */
  readonly fleet?: FleetSummary;
  readonly warnings: readonly string[];
  readonly state: GuardState;
}

export interface Conclusion {
  readonly snapshot: Snapshot;
  readonly facts: Facts;
  readonly views: readonly ServerView[];
  readonly window: Window;
  readonly memoryOf: (view: ServerView) => ServerMemory;
  /** Accelerator type → why it counts as exhausted now, in words. */
  readonly exhausted: ReadonlyMap<string, string>;
  readonly exhaustions: Exhaustions;
  readonly holds: Holds;
  readonly rounds: number;
  readonly goals: readonly Goal[];
  /** What the solver alone would want, and the answer that the goals follow; undefined: there was nothing to solve. */
  readonly unheld: Unheld | undefined;
  readonly answer: OptimizeOneResponse | undefined;
  /** Max batches that are wanted: due now, or waiting. */
  readonly batches: ReadonlyMap<string, BatchWish | WaitingBatch>;
}

/** From goals to the decision: the steps of this cycle, each server's verdict, the sums, and what is to be remembered. */
export function conclude(conclusion: Conclusion): Decision {
  const { snapshot, facts, views, window, memoryOf, holds, rounds, goals, unheld, answer } = conclusion;
  const { config, nowMs } = snapshot;
  const steps = planSteps(goals, facts, config);
  const countedAtMs = window.counts ? nowMs : snapshot.state.countedAtMs;
  const stepOf = (view: ServerView): Step => steps.get(view.name) ?? { planned: view.asked, limit: undefined };
  const decided = views.map((view) => [view, serverDecision(view, stepOf(view), conclusion)] as const);
  const costOf = (share: 'current' | 'planned') => decided.reduce((sum, [, decision]) => sum + decision[share].cost, 0);

  const explanationOf = (view: ServerView) =>
    holds.has(view.name)
      ? unheld?.kept.explanations[view.name]
      : answerAt(view, stepOf(view).planned, conclusion)?.explanations[view.name];
  const state = views.map((view) => {
    const changesBatch = stepOf(view).planned.maxBatch !== view.asked.maxBatch;
    const seen = { ...observe(view, unheld, config), batchChangedAtMs: changesBatch ? nowMs : undefined };
    return [view.name, remember(view, memoryOf(view), seen, window)] as const;
  });

  return {
    servers: Object.fromEntries(decided.map(([view, decision]) => [view.name, decision])),
    explanations: Object.fromEntries(
      views.flatMap((view) => {
        const explanation = explanationOf(view);
        return explanation === undefined ? [] : [[view.name, explanation] as const];
      }),
    ),
    changes: Object.fromEntries(
      decided.flatMap(([view, { planned, predicted }]) =>
        isChange(view.asked, planned) ? [[view.name, toAllocation(view, planned, predicted)] as const] : [],
      ),
    ),
    surges: Object.fromEntries([...steps].flatMap(([name, { maxSurge }]) => (maxSurge === undefined ? [] : [[name, maxSurge]]))),
    events: decided.flatMap(([view, decision]) => {
      const changes = isChange(view.asked, decision.planned);
      return eventsOf({ view, decision, changes, outcome: unheld?.free.explanations[view.name]?.outcome }, config);
    }),
    capacity: capacityOf(views, steps, facts),
    cost: { current: costOf('current'), planned: costOf('planned') },
    solver: answer === undefined ? null : { ...answer.solver, rounds },
    ...(unheld === undefined ? {} : { fleet: unheld.free.summary }),
    warnings: [...conclusion.exhausted.values(), ...(answer?.warnings ?? [])],
    state: {
      servers: Object.fromEntries(state),
      exhaustions: conclusion.exhaustions,
      ...(countedAtMs === undefined ? {} : { countedAtMs }),
    },
  };
}

function serverDecision(view: ServerView, step: Step, conclusion: Conclusion): ServerDecision {
  const { facts, holds, unheld, exhausted, batches } = conclusion;
  const { spec, status, readings, asked, targets } = view;
  const { planned } = step;
  const costPerReplica = facts.replicaLikely(spec.model, planned.accelerator)?.cost ?? 0;
  const answer = answerAt(view, planned, conclusion);
  const explanation = answer?.explanations[view.name];
  const predicted = predictionAt(planned, answer?.allocations[view.name]);
  const shortTypes = (unheld?.kept.explanations[view.name]?.candidates ?? [])
    .filter(({ rejection }) => rejection?.code === 'capacity')
    .map(({ accelerator }) => facts.replicaLikely(spec.model, accelerator)?.type ?? '');
  const shortage = [...new Set(shortTypes)].flatMap((type) => exhausted.get(type) ?? []);
  return {
    class: spec.class,
    model: spec.model,
    priority: view.priority ?? null,
    load: { arrivalRate: readings.arrivalRate, avgInTokens: readings.avgInTokens, avgOutTokens: readings.avgOutTokens },
    measured: { itl: readings.itlAverage, ttft: readings.ttftAverage },
    targets,
    predicted,
    readyReplicas: status?.readyReplicas ?? 0,
    startingReplicas: status?.startingReplicas ?? 0,
    terminatingReplicas: status?.terminatingReplicas ?? 0,
    current: { ...asked, cost: view.askedCost },
    planned: { ...planned, cost: costPerReplica * planned.numReplicas },
    wanted: wantedOf(view, unheld?.free) ?? null,
    verdict: verdictOf({
      view,
      step,
      hold: holds.get(view.name),
      explanation,
      predicted,
      unheld: wantedOf(view, unheld?.kept),
      shortage,
      batch: batches.get(view.name),
    }),
  };
}

/** The answer that knows of what is planned: while a change of max batch waits for cards, say, the one for the max batch that runs. */
function answerAt(
  { current, name }: ServerView,
  planned: Placement,
  { unheld, answer }: Conclusion,
): OptimizeOneResponse | undefined {
  const runs = planned.accelerator === current.accelerator && planned.maxBatch === current.maxBatch;
  const isFreed =
    answer?.allocations[name]?.accelerator === current.accelerator && answer.allocations[name].maxBatch !== current.maxBatch;
  return runs && isFreed && current.maxBatch > 0 ? unheld?.kept : answer;
}

/** The optimizer predicts for what it answered, which is not always what is planned. */
function predictionAt(planned: Placement, answered: GrantedAllocation | undefined): ServerDecision['predicted'] {
  if (answered?.accelerator !== planned.accelerator || answered.numReplicas !== planned.numReplicas) return null;
  if (planned.maxBatch > 0 && answered.maxBatch !== planned.maxBatch) return null;
  const { itlAverage: itl, ttftAverage: ttft } = answered;
  return itl === undefined || ttft === undefined ? null : { itl, ttft };
}

function toAllocation(view: ServerView, planned: ServerDecision['planned'], predicted: ServerDecision['predicted']): Allocation {
  return {
    ...planned,
    itlAverage: predicted?.itl ?? 0,
    ttftAverage: predicted?.ttft ?? 0,
    ...(view.load.known ? { load: view.load.load } : {}),
  };
}

function isChange(current: Placement, planned: Placement): boolean {
  return (
    current.accelerator !== planned.accelerator ||
    current.numReplicas !== planned.numReplicas ||
    current.maxBatch !== planned.maxBatch
  );
}

function capacityOf(views: readonly ServerView[], steps: ReadonlyMap<string, Step>, facts: Facts): CycleRecord['capacity'] {
  const used = addCards(facts.setAside, ...views.map((view) => maxCards(view.heldCards, view.currentCards)));
  const planned = addCards(facts.setAside, plannedCards(views, steps, facts));
  return Object.fromEntries(
    [...facts.cardsByType].map(([type, total]) => [type, { total, used: used.get(type) ?? 0, planned: planned.get(type) ?? 0 }]),
  );
}
