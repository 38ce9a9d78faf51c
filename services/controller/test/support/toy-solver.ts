import type { ExplainedCandidate, Explanation, OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { Allocation, ServerSpec, SystemData, SystemSpec } from '#shared/contracts/system-data.js';

/** Requests/min that one replica carries within any target, at the best max batch; with half of it half as many. */
export const toyRates: Readonly<Record<string, number>> = { L4: 10, A100: 50, '2xA100': 100 };
const TOY_MAX_BATCH = 32;

interface ToyCandidate {
  accelerator: string;
  type: string;
  cards: number;
  cost: number;
  needed: number;
  /** Replicas that it may not have there. */
  shortBy: number;
  value: number;
  rate: number;
  maxBatch: number;
}

/**
 * A solver with the contract of the real one and none of its queueing: servers by priority and name take the least value that still
 * has its cards, pins first. Who finds no room is left out, and keeps its cards where it has any.
 */
export function toySolve({ system }: SystemData): OptimizeOneResponse {
  const left = new Map(system.capacityData.count.map((item) => [item.type, item.count]));
  const take = (type: string, count: number): void => void left.set(type, (left.get(type) ?? 0) - count);
  const allocations: Record<string, Allocation> = {};
  const explanations: Record<string, Explanation> = {};
  const priority = (server: ServerSpec) =>
    system.serviceClassData.serviceClasses.find((item) => item.name === server.class)?.priority ?? 100;
  const order = [...system.serverData.servers].sort((a, b) => priority(a) - priority(b) || (a.name < b.name ? -1 : 1));

  for (const server of order.filter((item) => item.pin !== undefined)) {
    const { accelerator, numReplicas } = server.pin!;
    const place = placeOn(system, accelerator);
    take(place.type, place.cards * numReplicas);
    allocations[server.name] = allocation(server, accelerator, numReplicas, place.cost * numReplicas);
    explanations[server.name] = explanation(server, 'pinned', server.pin!.reason, []);
  }
  for (const server of order.filter((item) => item.pin === undefined)) {
    const candidates = candidatesOf(system, server);
    const fitting = candidates.find(({ type, cards, needed }) => cards * needed <= (left.get(type) ?? 0));
    if (fitting === undefined) {
      explanations[server.name] = explanation(server, 'unserved', 'no cards', describe(candidates, undefined));
      const current = server.currentAlloc;
      if (current !== undefined && current.accelerator !== '') {
        const place = placeOn(system, current.accelerator);
        take(place.type, place.cards * current.numReplicas);
      }
      continue;
    }
    take(fitting.type, fitting.cards * fitting.needed);
    allocations[server.name] = allocation(server, fitting.accelerator, fitting.needed, fitting.cost);
    const outcome = server.currentAlloc?.load?.arrivalRate === 0 ? 'zero-load' : 'allocated';
    explanations[server.name] = explanation(server, outcome, 'the least value', describe(candidates, fitting));
  }
  const capacity = system.capacityData.count.map(({ type, count }) => {
    return [type, { total: count, used: Math.max(0, count - (left.get(type) ?? 0)) }] as const;
  });
  return {
    allocations,
    explanations,
    summary: { outcomes: {}, cards: [], shortages: [], relaxations: [], classes: [] },
    solver: { name: 'toy', objective: 0, bound: null, gap: null, ms: 0 },
    counts: [],
    capacity: Object.fromEntries(capacity),
    warnings: [],
  };
}

function candidatesOf(system: SystemSpec, server: ServerSpec): ToyCandidate[] {
  const current = server.currentAlloc;
  const rate = current?.load?.arrivalRate ?? 0;
  return system.modelData.models
    .filter((item) => item.name === server.model)
    .filter((item) => !server.keepAccelerator || item.acc === current?.accelerator)
    .filter(({ acc }) => limitOn(server, acc) > 0)
    .map(({ acc }) => {
      const place = placeOn(system, acc);
      const maxBatch = toyBatch(server, acc);
      const ratePerReplica = toyRates[acc]! * Math.min(1, maxBatch / TOY_MAX_BATCH);
      const bare = Math.max(Math.ceil(rate / ratePerReplica), server.minNumReplicas ?? 0);
      const wanted = Math.min(bare, server.maxNumReplicas ?? Infinity);
      const needed = Math.min(wanted, limitOn(server, acc));
      const cost = place.cost * needed;
      const penalty = acc === current?.accelerator ? 0 : 0.1 * (cost + (current?.cost ?? 0));
      return {
        accelerator: acc,
        type: place.type,
        cards: place.cards,
        cost,
        needed,
        shortBy: wanted - needed,
        value: cost - (current?.cost ?? 0) + penalty,
        rate: ratePerReplica,
        maxBatch,
      };
    })
    .sort((a, b) => a.shortBy - b.shortBy || a.value - b.value || (a.accelerator < b.accelerator ? -1 : 1));
}

function toyBatch({ currentAlloc, keepMaxBatch = false, pin }: ServerSpec, accelerator: string): number {
  const keeps = (keepMaxBatch || pin !== undefined) && currentAlloc?.accelerator === accelerator && currentAlloc.maxBatch > 0;
  return keeps ? currentAlloc.maxBatch : TOY_MAX_BATCH;
}

function limitOn({ replicaLimits = [] }: ServerSpec, accelerator: string): number {
  return replicaLimits.find((limit) => limit.accelerator === accelerator)?.numReplicas ?? Infinity;
}

function placeOn(system: SystemSpec, accelerator: string): { type: string; cards: number; cost: number } {
  const spec = system.acceleratorData.accelerators.find((item) => item.name === accelerator)!;
  return { type: spec.type, cards: spec.multiplicity, cost: spec.cost };
}

function allocation(server: ServerSpec, accelerator: string, numReplicas: number, cost: number): Allocation {
  const load = server.currentAlloc?.load;
  return {
    accelerator,
    numReplicas,
    maxBatch: toyBatch(server, accelerator),
    cost,
    itlAverage: numReplicas > 0 ? 25 : 0,
    ttftAverage: numReplicas > 0 ? 200 : 0,
    ...(load === undefined ? {} : { load }),
  };
}

function explanation(
  server: ServerSpec,
  outcome: Explanation['outcome'],
  reason: string,
  candidates: ExplainedCandidate[],
): Explanation {
  return { outcome, reason, class: server.class, priority: 1, model: server.model, targets: null, load: null, candidates };
}

const dearer = { code: 'dearer', text: 'dearer' } as const;
const noCards = { code: 'capacity', text: 'no cards' } as const;

function describe(candidates: readonly ToyCandidate[], chosen: ToyCandidate | undefined): ExplainedCandidate[] {
  // In the order of their value: what comes before the chosen one was better, and had no cards.
  const reached = chosen === undefined ? candidates.length : candidates.indexOf(chosen);
  return candidates.map((item, index) => ({
    accelerator: item.accelerator,
    chosen: item === chosen,
    feasible: item.shortBy === 0,
    ...(item === chosen ? {} : { rejection: index < reached ? noCards : dearer }),
    numReplicas: item.needed,
    maxBatch: item.maxBatch,
    cost: item.cost,
    value: item.value,
    ratePerReplica: item.rate,
    itlAverage: 25,
    ttftAverage: 200,
    cards: { type: item.type, count: item.cards * item.needed },
  }));
}
