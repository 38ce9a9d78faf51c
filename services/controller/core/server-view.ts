import { type CollectResponse, isMissing, type Reading, type ServerReadings, type ServerStatus } from '#shared/contracts/loop.js';
import type { LoadSpec, ServerSpec } from '#shared/contracts/system-data.js';
import { backlogRate } from './backlog.js';
import type { Cards } from './cards.js';
import { whyNobodySays, whyShort } from './coverage.js';
import type { Facts, Targets } from './facts.js';
import type { ScheduledBounds } from './scheduled-bounds.js';

/** Accelerator, replicas and max batch of a server. */
export interface Placement {
  readonly accelerator: string;
  readonly numReplicas: number;
  /** 0: not known. */
  readonly maxBatch: number;
}

/** Load to decide on: what is offered, and on top of it what a backlog adds to the rate for a while. */
export type ViewedLoad =
  | { readonly known: true; readonly load: LoadSpec; readonly backlogPerMin: number }
  | { readonly known: false; readonly reason: string };

/** One server as the guard sees it: what the cluster says, completed by what the data files say of it. */
export interface ServerView {
  readonly name: string;
  readonly spec: ServerSpec;
  readonly status: ServerStatus | undefined;
  readonly readings: ServerReadings;
  readonly load: ViewedLoad;
  /** Why the load may raise what the server has and not lower it, in words; undefined: it may do both. */
  readonly short: string | undefined;
  readonly priority: number | undefined;
  readonly targets: Targets | null;
  /** As the Deployment asks for it, or will once a roll-out of ours is over. */
  readonly asked: Placement;
  /**
   * What is there or coming: what is asked for, those still starting included, as need must not compound while pods start. Only where
   * pods have failed to start it is what serves.
   */
  readonly current: Placement;
  /** Why `current` is not what is asked for, in words; undefined where it is. */
  readonly stuck: string | undefined;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Where a schedule, and not a label, says what they are. */
  readonly scheduled: ScheduledBounds | undefined;
  /** Cards of `current`; while a roll-out goes on, which goes through the replicas that there are, those of the larger of both counts. */
  readonly currentCards: Cards;
  /** Cards that pods hold now, of any accelerator, terminating ones included. */
  readonly heldCards: Cards;
  /** cents/hr of `asked` and of `current`; 0 for an accelerator without data. */
  readonly askedCost: number;
  readonly currentCost: number;
  /** More than one Deployment goes by this name. */
  readonly isDuplicate: boolean;
}

const NO_READING: Reading = { missing: 'the collector has no readings of this server' };
const NO_READINGS: ServerReadings = {
  arrivalRate: NO_READING,
  throughput: NO_READING,
  avgInTokens: NO_READING,
  avgOutTokens: NO_READING,
  itlAverage: NO_READING,
  ttftAverage: NO_READING,
  numRunning: NO_READING,
  numWaiting: NO_READING,
  kvCacheUsage: NO_READING,
};

/** Server → bounds that its schedule sets now. */
export type AllBounds = ReadonlyMap<string, ScheduledBounds>;

/** The servers of a collection in the order of their names; of two that share one, the first, marked. */
export function viewServers(collected: CollectResponse, facts: Facts, bounds: AllBounds = new Map()): ServerView[] {
  const byName = new Map<string, ServerSpec[]>();
  for (const server of collected.servers) byName.set(server.name, [...(byName.get(server.name) ?? []), server]);
  return [...byName.values()]
    .flatMap((specs) =>
      specs.slice(0, 1).map((spec) => viewServer(spec, specs, { collected, facts, scheduled: bounds.get(spec.name) })),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Around {
  readonly collected: CollectResponse;
  readonly facts: Facts;
  readonly scheduled: ScheduledBounds | undefined;
}

function viewServer(spec: ServerSpec, namesakes: readonly ServerSpec[], { collected, facts, scheduled }: Around): ServerView {
  const { name, model, currentAlloc } = spec;
  const status = Object.hasOwn(collected.status, name) ? collected.status[name] : undefined;
  const readings = (Object.hasOwn(collected.readings, name) ? collected.readings[name] : undefined) ?? NO_READINGS;
  const accelerator = currentAlloc?.accelerator ?? '';
  const desired = status?.desiredReplicas ?? currentAlloc?.numReplicas ?? 0;
  const numReplicas = status?.pendingReplicas ?? desired;
  const mostReplicas = namesakes.length > 1 ? totalReplicas(namesakes) : Math.max(desired, numReplicas);
  // In the loop a server that names no minimum keeps one replica: nothing goes to zero unless zero was allowed.
  const { minReplicas, maxReplicas } = boundsWithin(spec, scheduled);
  const asked: Placement = { accelerator, numReplicas, maxBatch: currentAlloc?.maxBatch ?? 0 };
  const targets = facts.targetsOf(spec.class, model);
  const askedCost = (facts.replicaLikely(model, accelerator)?.cost ?? 0) * numReplicas;
  return {
    name,
    spec,
    status,
    readings,
    load: viewLoad(readings, targets),
    short: whyShort(readings) ?? whyNobodySays(readings, status),
    priority: facts.priorityOf(spec.class),
    targets,
    asked,
    current: asked,
    stuck: undefined,
    minReplicas,
    maxReplicas,
    scheduled,
    currentCards: cardsOf(facts, model, { [accelerator]: mostReplicas }),
    heldCards: cardsOf(facts, model, status?.podsByAccelerator ?? {}),
    askedCost,
    currentCost: askedCost,
    isDuplicate: namesakes.length > 1,
  };
}

/** A scheduled maximum is never below the minimum; without a schedule it is the label's maximum that stands. */
function boundsWithin({ minNumReplicas = 1, maxNumReplicas = Infinity }: ServerSpec, scheduled: ScheduledBounds | undefined) {
  if (scheduled === undefined) return { minReplicas: Math.min(minNumReplicas, maxNumReplicas), maxReplicas: maxNumReplicas };
  const minReplicas = scheduled.min?.replicas ?? minNumReplicas;
  return { minReplicas, maxReplicas: Math.max(minReplicas, scheduled.max?.replicas ?? maxNumReplicas) };
}

/** A rate without the size of its requests says nothing; at no rate there are no requests to measure. */
function viewLoad(readings: ServerReadings, targets: Targets | null): ViewedLoad {
  const { arrivalRate, avgInTokens, avgOutTokens } = readings;
  if (isMissing(arrivalRate)) return unknown('arrival rate', arrivalRate.missing);
  if (arrivalRate.value < 0) return unknown('arrival rate', `${arrivalRate.value} requests/min`);
  if (arrivalRate.value === 0) {
    const tokens = { avgInTokens: valueOf(avgInTokens), avgOutTokens: valueOf(avgOutTokens) };
    return { known: true, load: { arrivalRate: 0, ...(hasValues(tokens) ? tokens : {}) }, backlogPerMin: 0 };
  }
  if (isMissing(avgOutTokens)) return unknown('output tokens', avgOutTokens.missing);
  if (!(avgOutTokens.value > 0)) return unknown('output tokens', `${avgOutTokens.value} per request`);
  if (isMissing(avgInTokens)) return unknown('input tokens', avgInTokens.missing);
  if (avgInTokens.value < 0) return unknown('input tokens', `${avgInTokens.value} per request`);
  const backlogPerMin = backlogRate(readings, targets);
  const tokens = { avgInTokens: avgInTokens.value, avgOutTokens: avgOutTokens.value };
  return { known: true, load: { arrivalRate: arrivalRate.value + backlogPerMin, ...tokens }, backlogPerMin };
}

function unknown(figure: string, reason: string): ViewedLoad {
  return { known: false, reason: `${figure}: ${reason}` };
}

function hasValues<K extends string>(record: Record<K, number | undefined>): record is Record<K, number> {
  return Object.values<number | undefined>(record).every((value) => value !== undefined && value >= 0);
}

/** The value of a reading, or undefined where it is missing. */
export function valueOf(reading: Reading): number | undefined {
  return isMissing(reading) ? undefined : reading.value;
}

function totalReplicas(specs: readonly ServerSpec[]): number {
  return specs.reduce((sum, spec) => sum + (spec.currentAlloc?.numReplicas ?? 0), 0);
}

/** Cards of pods by accelerator; those of an accelerator without data cannot be counted. */
export function cardsOf(facts: Facts, model: string, podsByAccelerator: Readonly<Record<string, number>>): Map<string, number> {
  const cards = new Map<string, number>();
  for (const [accelerator, pods] of Object.entries(podsByAccelerator)) {
    const replica = facts.replicaLikely(model, accelerator);
    if (replica !== undefined) cards.set(replica.type, (cards.get(replica.type) ?? 0) + replica.cards * pods);
  }
  return cards;
}
