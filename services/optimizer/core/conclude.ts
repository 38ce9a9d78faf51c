import type { FleetSummary } from '#shared/contracts/fleet-summary.js';
import type { ExplainDetail, GrantedAllocation, OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { capacityWarnings } from '#shared/contracts/references.js';
import type { LoadSpec, SystemSpec } from '#shared/contracts/system-data.js';
import type { Catalogue } from './catalogue.js';
import { toAllocation } from './explain/allocation.js';
import { explainServer } from './explain/explain-server.js';
import { fleetSummary } from './explain/fleet-summary.js';
import { summarise } from './explain/summary.js';
import { compareText } from './order.js';
import type { ServerPlan } from './plan-server.js';
import type { Preparation } from './prepare.js';
import type { CardLedger } from './solve/card-ledger.js';
import type { Grant, Solution } from './solve/problem.js';

/** The answer, but for the time that it took: a core has no clock. */
export type Decision = Omit<OptimizeOneResponse, 'solver'> & { readonly solver: Omit<OptimizeOneResponse['solver'], 'ms'> };

/** What a solver made of a preparation, whose ledger it has taken its grants from. */
export interface Solved {
  readonly name: string;
  readonly solution: Solution;
  /** What was asked for and not done. */
  readonly warnings: readonly string[];
}

/** The whole answer: allocations, their explanations, and what is proven of them. */
export function conclude(preparation: Preparation, solved: Solved, detail: ExplainDetail = 'all'): Decision {
  const { system, catalogue, plans, contenders, ledger } = preparation;
  const { name, solution, warnings } = solved;
  const summary = fleetSummary(preparation, solution);
  const { solver, counts, prices } = summarise(contenders, solution);
  return {
    allocations: Object.fromEntries(plans.flatMap((plan) => allocationOf(plan, solution))),
    ...(solution.mixes === undefined ? {} : { parts: Object.fromEntries(plans.flatMap((plan) => partsOf(plan, solution))) }),
    explanations: detail === 'none' ? {} : explanationsOf(plans, solution, detail, summary),
    summary,
    solver: { name, ...solver },
    counts,
    ...(prices === null ? {} : { prices }),
    capacity: capacityOf(catalogue, ledger),
    warnings: [...warnings, ...dataWarnings(system, catalogue, plans), ...overcommitWarnings(catalogue, ledger, name)],
  };
}

function explanationsOf(
  plans: readonly ServerPlan[],
  solution: Solution,
  detail: Exclude<ExplainDetail, 'none'>,
  { shortages, relaxations }: FleetSummary,
): OptimizeOneResponse['explanations'] {
  const remedies = new Map([...shortages, ...relaxations].map(({ server, text }) => [server, text]));
  return Object.fromEntries(
    plans.map((plan) => [plan.server.name, explainServer(plan, solution, detail, remedies.get(plan.server.name))]),
  );
}

/** One who is given several accelerators at once has no allocation, only parts. */
function allocationOf(plan: ServerPlan, solution: Solution): [string, GrantedAllocation][] {
  return partsOf(plan, solution).flatMap(([name, [part, ...others]]) =>
    part === undefined || others.length > 0 ? [] : [[name, part]],
  );
}

function partsOf({ server, standing }: ServerPlan, { grants, mixes }: Solution): [string, GrantedAllocation[]][] {
  const load = server.currentAlloc?.load;
  const mix = mixes?.get(server.name);
  if (mix !== undefined) {
    const offered = mix.parts.reduce((sum, { candidate }) => sum + candidate.demand.offeredPerMs, 0);
    const parts = mix.parts.map((part) =>
      toAllocation(part, partOf(load, offered > 0 ? part.candidate.demand.offeredPerMs / offered : 0)),
    );
    return [[server.name, parts]];
  }
  const grant: Grant | undefined =
    standing.kind === 'pinned'
      ? { candidate: standing.candidate, numReplicas: standing.candidate.numReplicas, bestEffort: false }
      : grants.get(server.name);
  return grant === undefined ? [] : [[server.name, [toAllocation(grant, load)]]];
}

function partOf(load: LoadSpec | undefined, share: number): LoadSpec | undefined {
  return load?.arrivalRate === undefined ? load : { ...load, arrivalRate: load.arrivalRate * share };
}

function capacityOf(catalogue: Catalogue, ledger: CardLedger): OptimizeOneResponse['capacity'] {
  return Object.fromEntries(
    [...catalogue.cardsByType].map(([type, total]) => [
      type,
      { total, used: Math.min(Number.MAX_SAFE_INTEGER, ledger.used(type)) },
    ]),
  );
}

function dataWarnings(system: SystemSpec, catalogue: Catalogue, plans: readonly ServerPlan[]): string[] {
  const orphans = system.modelData.models
    .filter((item) => !catalogue.hasAccelerator(item.acc))
    .map((item) => `model-data.json: "${item.name}" on "${item.acc}": no such accelerator, not considered`)
    .sort(compareText);
  const pins = plans
    .filter(({ server }) => server.pin !== undefined && !catalogue.hasAccelerator(server.pin.accelerator))
    .map(
      ({ server }) =>
        `${server.name} is pinned to "${server.pin?.accelerator ?? ''}", which has no data: neither its cards nor its cost are counted`,
    );
  return [...capacityWarnings(system), ...orphans, ...pins];
}

function overcommitWarnings(catalogue: Catalogue, ledger: CardLedger, solver: string): string[] {
  if (solver === 'unlimited') return [];
  return [...catalogue.cardsByType]
    .filter(([type, total]) => ledger.used(type) > total)
    .map(([type, total]) => `${type}: ${ledger.used(type)} cards are held or pinned, more than the ${total} there are`);
}
