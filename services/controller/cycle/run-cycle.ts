import type { Clock } from '#shared/clock/clock.js';
import {
  cycleStages,
  type CycleRecord,
  type CycleStage,
  type CycleTrigger,
  type ServerExplanation,
} from '#shared/contracts/controller.js';
import type { CollectResponse, UpdateRequest } from '#shared/contracts/loop.js';
import { errorCodes, ServiceError, type ErrorCode } from '#shared/http/service-error.js';
import { placementOf } from '#shared/kube/placement.js';
import { errorText } from '#shared/observe/logger.js';
import { AnswerError } from '../core/check-answer.js';
import type { Decision } from '../core/conclude.js';
import { decide } from '../core/decide.js';
import type { ControllerData } from '../core/facts.js';
import { counted } from '../core/figure.js';
import type { GuardConfig } from '../core/guard-config.js';
import type { GuardState } from '../core/guard-memory.js';
import { summaryOf } from '../core/summary.js';
import type { Actuator, Collector, DataSource, Optimizer, ResolveBounds } from '../ports.js';

export interface CycleDeps {
  data: DataSource;
  collector: Collector;
  optimizer: Optimizer;
  actuator: Actuator;
  guard: GuardConfig;
  boundsAt: ResolveBounds;
  /** Decide and record, never act. */
  recommendOnly: boolean;
  clock: Clock;
}

export interface CycleOrder {
  cycle: number;
  trigger: CycleTrigger;
  dryRun: boolean;
  /** A partial cycle: the server that is to have a replica. */
  wakes?: string | undefined;
  state: GuardState;
  signal: AbortSignal;
}

export interface CycleOutcome {
  record: CycleRecord;
  /** Undefined: it failed before anything was decided. */
  decided: { explanations: Record<string, ServerExplanation>; state: GuardState } | undefined;
  /** Of a failed cycle. */
  errorCode: ErrorCode | undefined;
  /** It failed because a peer was not reachable, or said that it is not ready to answer. */
  peerAway: boolean;
}

/**
 * One cycle: data, collect, guard and optimize, actuate. Never rejects: a stage that fails ends it, with nothing actuated after it,
 * and the record says which stage and why.
 */
export async function runCycle(deps: CycleDeps, order: CycleOrder): Promise<CycleOutcome> {
  const { clock, collector, optimizer, actuator, guard } = deps;
  const { signal, dryRun, state, wakes } = order;
  const at = clock.now();
  const timer = createStageTimer(clock);
  let collected: CollectResponse | undefined;
  let decision: Decision | undefined;
  let warnings: string[] = [];
  let results: CycleRecord['results'] = {};
  let failure: { reason: string; stage: CycleStage; code: ErrorCode; peerAway: boolean } | undefined;
  let acts = false;

  try {
    timer.enter('data');
    const read = await deps.data.read();
    warnings = [...read.warnings];
    timer.enter('collect');
    collected = await collector.collect(signal);
    acts = !dryRun && !deps.recommendOnly && !collected.control.paused;
    timer.enter('guard');
    const guarded = decide({
      collected,
      data: read.data,
      state,
      config: guard,
      bounds: deps.boundsAt(collected.status, at),
      wakes,
      nowMs: at,
      isScheduled: order.trigger === 'schedule',
    });
    let step = guarded.next();
    while (step.done !== true) {
      timer.enter('optimize');
      const answer = await optimizer.optimizeOne(step.value, signal);
      timer.enter('guard');
      step = guarded.next(answer);
    }
    decision = step.value;
    const request = updateRequest(decision, collected, read.data);
    const hasChanges = Object.keys(request.allocations).length > 0;
    if (acts && (hasChanges || request.repair.length > 0 || request.events.length > 0)) {
      timer.enter('actuate');
      ({ results } = await actuator.update(request, signal).catch((error: unknown) => {
        // Without a change nothing is at stake but the telling, and repairs that the next cycle asks for again.
        if (hasChanges) throw error;
        warnings.push(`events were not raised, nor pod templates repaired: ${reasonOf(error)}`);
        return { results: {} };
      }));
    }
  } catch (error) {
    const stage = error instanceof AnswerError ? 'optimize' : timer.stage;
    failure = { stage, code: codeOf(error), reason: `${stage}: ${reasonOf(error)}`, peerAway: isPeerAway(error) };
  }

  const record: CycleRecord = {
    cycle: order.cycle,
    at,
    trigger: order.trigger,
    outcome: failure === undefined ? 'ok' : 'failed',
    reason: failure?.reason ?? whatChanged(decision, results, acts),
    failedStage: failure?.stage ?? null,
    dryRun,
    paused: collected !== undefined && !acts && !dryRun,
    servers: { ...decision?.servers },
    results,
    capacity: decision?.capacity ?? {},
    cost: decision?.cost ?? { current: 0, planned: 0 },
    solver: decision?.solver ?? null,
    ...(decision?.fleet === undefined ? {} : { fleet: decision.fleet }),
    problems: collected?.problems ?? [],
    warnings: [...warnings, ...(decision?.warnings ?? [])],
    timingsMs: timer.stop(),
  };
  const outcome = { errorCode: failure?.code, peerAway: failure?.peerAway ?? false };
  if (decision === undefined) return { record, decided: undefined, ...outcome };
  const explanations = explain(record, decision);
  return {
    record: dryRun ? { ...record, explanations } : record,
    decided: { explanations, state: decision.state },
    ...outcome,
  };
}

function updateRequest({ changes, surges, events }: Decision, collected: CollectResponse, data: ControllerData): UpdateRequest {
  const repair = Object.entries(collected.status)
    .filter(([server, { unschedulableReplicas }]) => unschedulableReplicas > 0 && !Object.hasOwn(changes, server))
    .map(([server]) => server)
    .filter((server) => collected.control.servers[server] !== true);
  const named = new Set([...Object.keys(changes), ...repair, ...events.map(({ server }) => server)]);
  const resources = Object.entries(collected['kube-resources']).filter(([server]) => named.has(server));
  // All of them, not just the new ones: the keys of the old accelerator are to be taken off the pods.
  const placements = data.acceleratorData.accelerators.map((item) => [item.name, placementOf(item, data.modelData)] as const);
  return {
    allocations: { ...changes },
    'kube-resources': Object.fromEntries(resources),
    accelerators: Object.fromEntries(placements),
    surges: { ...surges },
    repair,
    events: [...events],
  };
}

function explain(record: CycleRecord, decision: Decision): Record<string, ServerExplanation> {
  return Object.fromEntries(
    Object.entries(decision.servers).map(([server, of]) => {
      const optimizer = decision.explanations[server] ?? null;
      const result = record.results[server] ?? null;
      const { cycle, at, dryRun } = record;
      return [server, { server, cycle, at, dryRun, ...of, optimizer, result, summary: summaryOf(server, of, optimizer, result) }];
    }),
  );
}

function whatChanged(decision: Decision | undefined, results: CycleRecord['results'], acts: boolean): string {
  const count = Object.keys(decision?.changes ?? {}).length;
  if (count === 0) {
    const repaired = Object.keys(results).filter((server) => results[server]?.status === 'applied');
    return repaired.length === 0 ? 'nothing to change' : `nothing to change; pod template put right: ${repaired.join(', ')}`;
  }
  if (!acts) return `${counted(count, 'server')} to change, not acted on`;
  const byStatus = new Map<string, number>();
  for (const { status } of Object.values(results)) byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  return `${counted(count, 'server')} to change: ${[...byStatus].map(([status, of]) => `${of} ${status}`).join(', ')}`;
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof ServiceError) return error.code;
  return error instanceof AnswerError ? 'PEER_FAILED' : 'INTERNAL';
}

function isPeerAway(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  return error.code === 'UNAVAILABLE' || (error.code === 'PEER_FAILED' && error.details === errorCodes.UNAVAILABLE);
}

function reasonOf(error: unknown): string {
  // A ServiceError of a peer says all there is to say; its causes would only repeat it.
  if (error instanceof ServiceError) return error.message;
  return error instanceof AnswerError ? `optimizer: ${error.message}` : errorText(error);
}

interface StageTimer {
  readonly stage: CycleStage;
  enter(stage: CycleStage): void;
  stop(): CycleRecord['timingsMs'];
}

function createStageTimer(clock: Clock): StageTimer {
  const spentMs = Object.fromEntries(cycleStages.map((stage) => [stage, 0])) as Record<CycleStage, number>;
  const startedAt = clock.now();
  let current: CycleStage = 'data';
  let enteredAt = startedAt;
  const leave = (): void => {
    const now = clock.now();
    spentMs[current] += Math.max(0, now - enteredAt);
    enteredAt = now;
  };
  return {
    get stage() {
      return current;
    },
    enter: (stage) => {
      leave();
      current = stage;
    },
    stop: () => {
      leave();
      return { ...spentMs, total: Math.max(0, enteredAt - startedAt) };
    },
  };
}
