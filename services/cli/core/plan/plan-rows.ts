import type { Explanation, GrantedAllocation, OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { currentState, type CurrentState } from '../../../optimizer/core/candidates/current-state.js';
import { valueOfMixture } from '../../../optimizer/core/candidates/value.js';
import { createCatalogue } from '../../../optimizer/core/catalogue.js';

/** Replicas of a server on one accelerator. */
export interface PlanPart {
  readonly accelerator: string;
  readonly numReplicas: number;
  /** 0: not known. */
  readonly maxBatch: number;
  /** Cents/hr; null: not known, on an accelerator without data. */
  readonly cost: number | null;
  /** Predicted, ms; null where there is nothing to predict. */
  readonly itl: number | null;
  readonly ttft: number | null;
  /** What the part of the requests stays within that the targets name; null where they are means. */
  readonly itlPercentile: number | null;
  readonly ttftPercentile: number | null;
}

/** What a plan says of one server. */
export interface PlanRow extends Pick<Explanation, 'outcome' | 'reason' | 'class' | 'priority' | 'model' | 'targets' | 'load'> {
  readonly server: string;
  /** Several for a mixture of accelerators, none for who gets nothing new and has nothing. */
  readonly parts: readonly PlanPart[];
  /** The parts are what runs now: nothing was decided. */
  readonly keeps: boolean;
  /** What the solver minimises; null for who is not weighed by it. */
  readonly value: number | null;
}

/** What a plan says of the whole. */
export type PlanAnswer = Pick<OptimizeOneResponse, 'solver' | 'counts' | 'prices' | 'capacity' | 'summary' | 'warnings'>;

const notServed: ReadonlySet<Explanation['outcome']> = new Set(['best-effort', 'infeasible', 'unserved', 'load-unknown']);

/** Whether a server is not known to have all that its targets ask for. */
export function isShort({ outcome }: Pick<PlanRow, 'outcome'>): boolean {
  return notServed.has(outcome);
}

/** One row a server, in the order of names. */
export function planRows(system: SystemSpec, { allocations, parts, explanations }: OptimizeOneResponse): PlanRow[] {
  const catalogue = createCatalogue(system);
  const specs = new Map(system.serverData.servers.map((server) => [server.name, server]));
  const single = new Map(Object.entries(allocations));
  const several = new Map(Object.entries(parts ?? {}));
  return Object.entries(explanations).map(([server, explanation]) => {
    const { outcome, reason, class: serviceClass, priority, model, targets, load } = explanation;
    const spec = specs.get(server);
    const current = spec === undefined ? undefined : currentState(catalogue, spec);
    const alone = single.get(server);
    const given = several.get(server) ?? (alone === undefined ? [] : [alone]);
    const decided = given.map((allocation) => partOf(allocation, explanation));
    const keeps = decided.length === 0;
    return {
      server,
      outcome,
      reason,
      class: serviceClass,
      priority,
      model,
      targets,
      load,
      parts: keeps ? kept(current) : decided,
      keeps,
      value: valueOf(explanation, decided, current),
    };
  });
}

function partOf(allocation: GrantedAllocation, { candidates }: Explanation): PlanPart {
  const { accelerator, numReplicas, maxBatch, cost, itlAverage, ttftAverage } = allocation;
  const chosen = candidates.find((candidate) => candidate.chosen && candidate.accelerator === accelerator);
  return {
    accelerator,
    numReplicas,
    maxBatch,
    cost: cost ?? null,
    itl: itlAverage ?? null,
    ttft: ttftAverage ?? null,
    itlPercentile: chosen?.itlPercentile ?? null,
    ttftPercentile: chosen?.ttftPercentile ?? null,
  };
}

function kept(current: CurrentState | undefined): PlanPart[] {
  if (current === undefined || current.accelerator === '' || current.numReplicas === 0) return [];
  const { accelerator, numReplicas, maxBatch } = current;
  // Of an accelerator without data there is the cost that was reported, if one was.
  const cost = current.cards === null && current.cost === 0 ? null : current.cost;
  return [{ accelerator, numReplicas, maxBatch, cost, itl: null, ttft: null, itlPercentile: null, ttftPercentile: null }];
}

/** Of a best effort, and of a pin, the solver weighs nothing; of a mixture the whole is weighed, not its parts. */
function valueOf(
  { outcome, candidates }: Explanation,
  parts: readonly PlanPart[],
  current: CurrentState | undefined,
): number | null {
  if (outcome !== 'allocated' && outcome !== 'zero-load') return null;
  const cost = costOfParts(parts);
  if (parts.length > 1 && current !== undefined && cost !== null) return valueOfMixture(current, cost);
  return candidates.find(({ chosen }) => chosen)?.value ?? null;
}

/** Cents/hr; null where that of a part is not known. */
export function costOfParts(parts: readonly PlanPart[]): number | null {
  return parts.reduce<number | null>((sum, { cost }) => (sum === null || cost === null ? null : sum + cost), 0);
}

/** Cents/hr of all rows of which it is known. */
export function costOfRows(rows: readonly PlanRow[]): number {
  return rows.reduce((sum, { parts }) => sum + (costOfParts(parts) ?? 0), 0);
}
