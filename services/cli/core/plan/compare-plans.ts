import { figure } from '../../../optimizer/core/explain/figure.js';
import { costOfParts, costOfRows, type PlanAnswer, type PlanRow } from './plan-rows.js';
import { servedByPriority, type Served } from './served.js';

export interface Plan {
  readonly rows: readonly PlanRow[];
  readonly answer: PlanAnswer;
}

/** What a server has in one of two plans; `cost` in cents/hr, null: not known. */
export interface PlanSide extends Pick<PlanRow, 'outcome' | 'keeps' | 'parts'> {
  readonly cost: number | null;
}

interface Sides<T> {
  readonly base: T;
  readonly whatIf: T;
}

/** What differs between two plans of the same servers; `null` where one of them has no such priority, or no such type. */
export interface PlanChanges {
  readonly servers: Readonly<Record<string, Sides<PlanSide>>>;
  /** Cents/hr, of all servers of which it is known. */
  readonly cost: Sides<number> & { readonly difference: number };
  /** Every priority, changed or not. */
  readonly counts: readonly (Sides<Count | null> & { readonly priority: number })[];
  /** Only the types whose numbers differ. */
  readonly cards: Readonly<Record<string, Sides<Cards | null>>>;
}

type Count = Pick<Served, 'served' | 'servers'>;
type Cards = PlanAnswer['capacity'][string];

export function comparePlans(base: Plan, whatIf: Plan): PlanChanges {
  const before = costOfRows(base.rows);
  const after = costOfRows(whatIf.rows);
  return {
    servers: changedServers(base.rows, whatIf.rows),
    cost: { base: before, whatIf: after, difference: after - before },
    counts: countsOf(base.rows, whatIf.rows),
    cards: changedCards(base.answer.capacity, whatIf.answer.capacity),
  };
}

function changedServers(base: readonly PlanRow[], whatIf: readonly PlanRow[]): PlanChanges['servers'] {
  const other = new Map(whatIf.map((row) => [row.server, row]));
  return Object.fromEntries(
    base.flatMap((row) => {
      const now = other.get(row.server);
      if (now === undefined || readAs(row) === readAs(now)) return [];
      return [[row.server, { base: sideOf(row), whatIf: sideOf(now) }]];
    }),
  );
}

/** As a reader sees it: latencies that are the same when rounded are no change. */
function readAs({ outcome, parts }: PlanRow): string {
  const read = parts.map((part) =>
    [part.accelerator, part.numReplicas, part.maxBatch, part.cost, part.itl, part.ttft].map(rounded),
  );
  return JSON.stringify([outcome, read]);
}

function rounded(value: string | number | null): string | number | null {
  return typeof value === 'number' ? figure(value) : value;
}

function sideOf({ outcome, keeps, parts }: PlanRow): PlanSide {
  return { outcome, keeps, cost: costOfParts(parts), parts };
}

function countsOf(base: readonly PlanRow[], whatIf: readonly PlanRow[]): PlanChanges['counts'] {
  const before = byPriority(base);
  const after = byPriority(whatIf);
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort((a, b) => a - b)
    .map((priority) => ({ priority, base: before.get(priority) ?? null, whatIf: after.get(priority) ?? null }));
}

function byPriority(rows: readonly PlanRow[]): ReadonlyMap<number, Count> {
  return new Map(servedByPriority(rows).map(({ priority, served, servers }) => [priority, { served, servers }]));
}

function changedCards(base: PlanAnswer['capacity'], whatIf: PlanAnswer['capacity']): PlanChanges['cards'] {
  const before = new Map(Object.entries(base));
  const after = new Map(Object.entries(whatIf));
  const types = [...new Set([...before.keys(), ...after.keys()])];
  return Object.fromEntries(
    types.flatMap((type) => {
      const sides = { base: before.get(type) ?? null, whatIf: after.get(type) ?? null };
      const isSame = sides.base?.used === sides.whatIf?.used && sides.base?.total === sides.whatIf?.total;
      return isSame ? [] : [[type, sides]];
    }),
  );
}
