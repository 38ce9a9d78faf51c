import type { CycleRecord, ServerDecision } from '#shared/contracts/controller.js';
import { type ControlState, isMissing, type Reading, type ServerReadings, type ServerStatus } from '#shared/contracts/loop.js';
import type { LastKnown } from './last-known.js';
import type { CycleView, LatencyView, Notice, ServerView, ViewState } from './view-state.js';

export interface ViewSources {
  nowMs: number;
  cluster: ViewState['cluster'];
  known: LastKnown;
  notices: readonly Notice[];
  /** A time of day, for people. */
  timeText: (ms: number) => string;
}

/** The decisions of the last cycle, with load, replicas and latencies as they are now where the collector tells them. */
export function buildView(sources: ViewSources): ViewState {
  const { nowMs, cluster, known, notices } = sources;
  const { decided, lastCycle, collected } = known;
  const servers = Object.entries(decided?.servers ?? {}).map(([name, decision]) =>
    serverView(name, decision, collected?.status[name], collected?.readings[name]),
  );
  const cards = Object.entries(decided?.capacity ?? {}).map(([type, { total, used }]) => ({ type, used, total }));
  return {
    nowMs,
    cluster,
    servers: servers.sort((a, b) => a.name.localeCompare(b.name)),
    cards: cards.sort((a, b) => a.type.localeCompare(b.type)),
    cycle: lastCycle === undefined ? undefined : cycleView(lastCycle, known),
    paused: collected === undefined ? undefined : pausedView(collected.control),
    silences: silences(sources),
    notices: notices.filter(({ ofStart }) => lastCycle === undefined || !ofStart).map(({ text }) => text),
  };
}

function silences({ known, timeText }: ViewSources): string[] {
  const { controllerSilence, decidedAtMs, collectorSilence, collectedAtMs } = known;
  const texts: string[] = [];
  if (controllerSilence !== undefined && decidedAtMs !== undefined)
    texts.push(`controller ${controllerSilence}: decisions as of ${timeText(decidedAtMs)}`);
  if (collectorSilence !== undefined && collectedAtMs !== undefined)
    texts.push(`collector ${collectorSilence}: load, pods and latencies as of ${timeText(collectedAtMs)}`);
  return texts;
}

function pausedView({ paused, servers }: ControlState): ViewState['paused'] {
  const names = Object.keys(servers).filter((name) => servers[name] === true);
  return { all: paused, servers: names.sort((a, b) => a.localeCompare(b)) };
}

function serverView(
  name: string,
  decision: ServerDecision,
  status: ServerStatus | undefined,
  readings: ServerReadings | undefined,
): ServerView {
  const { targets, predicted, planned, verdict } = decision;
  return {
    name,
    class: decision.class,
    model: decision.model,
    load: loadView(readings ?? decision.load),
    accelerator: planned.accelerator,
    leaving: leavingView(decision, status),
    readyReplicas: status?.readyReplicas ?? decision.readyReplicas,
    desiredReplicas: status?.desiredReplicas ?? planned.numReplicas,
    maxBatch: planned.maxBatch,
    itl: latencyView(readings?.itlAverage ?? decision.measured.itl, predicted?.itl, targets?.itl),
    ttft: latencyView(readings?.ttftAverage ?? decision.measured.ttft, predicted?.ttft, targets?.ttft),
    costCentsPerHour: planned.cost,
    action: verdict.action,
    reason: verdict.reason,
  };
}

/** Who serves as the collector tells it now, else as the cycle found it. */
function leavingView({ current, planned }: ServerDecision, status: ServerStatus | undefined): string[] {
  const serving = status === undefined ? [current.accelerator] : Object.keys(status.serving);
  const others = serving.filter((name) => name !== '' && name !== planned.accelerator && status?.serving[name]?.pods !== 0);
  return others.sort((a, b) => a.localeCompare(b));
}

function loadView(load: Pick<ServerReadings, 'arrivalRate' | 'avgInTokens' | 'avgOutTokens'>): ServerView['load'] {
  if (isMissing(load.arrivalRate)) return { unknown: load.arrivalRate.missing };
  return {
    arrivalRatePerMin: load.arrivalRate.value,
    avgInTokens: valueOf(load.avgInTokens),
    avgOutTokens: valueOf(load.avgOutTokens),
  };
}

function latencyView(measured: Reading, predictedMs: number | undefined, targetMs: number | undefined): LatencyView {
  // On the wire a target of 0 is none.
  return { measuredMs: valueOf(measured), predictedMs, targetMs: targetMs === 0 ? undefined : targetMs };
}

function valueOf(reading: Reading): number | undefined {
  return isMissing(reading) ? undefined : reading.value;
}

function cycleView(record: CycleRecord, { decided, controllerSilence }: LastKnown): CycleView {
  const failed = record.outcome === 'failed';
  return {
    id: record.cycle,
    outcome: failed ? 'aborted' : record.paused ? 'completed, paused' : 'completed',
    reason: failed ? record.reason : undefined,
    durationMs: record.timingsMs.total,
    next: controllerSilence === undefined ? nextView(decided) : 'not known',
    costCentsPerHour: failed ? undefined : record.cost.planned,
  };
}

function nextView(decided: LastKnown['decided']): CycleView['next'] {
  if (decided === undefined) return 'not known';
  return decided.nextCycleAt === null ? 'on demand' : { atMs: decided.nextCycleAt };
}
