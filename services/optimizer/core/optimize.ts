import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { capacityWarnings } from '#shared/contracts/references.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { cardsOf } from './candidates/candidate.js';
import { createCatalogue, type Catalogue } from './catalogue.js';
import { toAllocation } from './explain/allocation.js';
import { explainServer } from './explain/explain-server.js';
import type { OptimizerOptions } from './options.js';
import { byName, compareText } from './order.js';
import { planServer, type ServerPlan } from './plan-server.js';
import { createSizer } from './sizing/sizer.js';
import { createCardLedger, type CardLedger } from './solve/card-ledger.js';
import { chooseSolver } from './solve/choose-solver.js';
import type { Contender, Grant, Solution } from './solve/problem.js';
import { solveGreedy } from './solve/solve-greedy.js';
import { solveUnlimited } from './solve/solve-unlimited.js';

/** The answer, but for the time that it took: a core has no clock. */
export type Decision = Omit<OptimizeOneResponse, 'solver'> & { readonly solver: Omit<OptimizeOneResponse['solver'], 'ms'> };

/**
 * Sizes every server on every accelerator and picks one allocation each under the cards there are. A server for which nothing can be
 * decided is absent from `allocations` and keeps what it has. The same items in any order give the same answer, key for key.
 */
export function optimize(system: SystemSpec, options: OptimizerOptions): Decision {
  const { optimizer } = system.optimizerData;
  const catalogue = createCatalogue(system);
  const sizer = createSizer(options);
  const context = { catalogue, sizer, tpsTargetReplacesLoad: optimizer.tpsTargetReplacesLoad };
  const plans = [...system.serverData.servers].sort(byName).map((server) => planServer(context, server));

  const ledger = createCardLedger(catalogue.cardsByType);
  for (const plan of plans) reserve(plan, ledger);
  const contenders = plans.flatMap((plan) => contenderOf(plan) ?? []);
  const solver = chooseSolver(optimizer);
  const solution = solver.name === 'unlimited' ? solveUnlimited(contenders, ledger) : solveGreedy(contenders, ledger, optimizer);

  return {
    allocations: Object.fromEntries(plans.flatMap((plan) => allocationOf(plan, solution))),
    explanations: Object.fromEntries(plans.map((plan) => [plan.server.name, explainServer(plan, solution)])),
    solver: { name: solver.name, objective: objectiveOf(solution), bound: null, gap: null },
    capacity: capacityOf(catalogue, ledger),
    warnings: [
      ...solver.warnings,
      ...dataWarnings(system, catalogue, plans),
      ...overcommitWarnings(catalogue, ledger, solver.name),
    ],
  };
}

/** What is held keeps its cards: they are out of the solve before it starts. */
function reserve({ standing, current }: ServerPlan, ledger: CardLedger): void {
  if (standing.kind === 'pinned') {
    ledger.take(standing.candidate.placement.type, cardsOf(standing.candidate, standing.candidate.numReplicas));
  } else if (standing.kind === 'stays' && current.cards !== null) {
    ledger.take(current.cards.type, current.cards.count);
  }
}

function contenderOf({ server, priority, current, standing }: ServerPlan): Contender | null {
  if (standing.kind !== 'contends') return null;
  const { eligible } = standing;
  return { name: server.name, priority, eligible, minNumReplicas: server.minNumReplicas ?? 0, held: current.cards };
}

function allocationOf(plan: ServerPlan, solution: Solution): [string, OptimizeOneResponse['allocations'][string]][] {
  const { server, standing } = plan;
  const grant: Grant | undefined =
    standing.kind === 'pinned'
      ? { candidate: standing.candidate, numReplicas: standing.candidate.numReplicas, bestEffort: false }
      : solution.grants.get(server.name);
  return grant === undefined ? [] : [[server.name, toAllocation(grant, server.currentAlloc?.load)]];
}

/** Total value over the servers that were decided here; pins and holds are not ours to weigh. */
function objectiveOf({ grants }: Solution): number {
  let sum = 0;
  // In the order of names: a sum of doubles depends on its order.
  for (const [, { candidate }] of [...grants].sort(([a], [b]) => compareText(a, b))) sum += candidate.value;
  return sum;
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
  const percentiles = [...system.serviceClassData.serviceClasses]
    .sort(byName)
    .filter((item) => item.modelTargets.some((target) => target['slo-percentile'] !== undefined))
    .map((item) => `slo-percentile of class "${item.name}" is not available: its targets are taken as means`);
  const pins = plans
    .filter(({ server }) => server.pin !== undefined && !catalogue.hasAccelerator(server.pin.accelerator))
    .map(
      ({ server }) =>
        `${server.name} is pinned to "${server.pin?.accelerator ?? ''}", which has no data: its cards are not counted`,
    );
  return [...capacityWarnings(system), ...orphans, ...percentiles, ...pins];
}

function overcommitWarnings(catalogue: Catalogue, ledger: CardLedger, solver: string): string[] {
  if (solver === 'unlimited') return [];
  return [...catalogue.cardsByType]
    .filter(([type, total]) => ledger.used(type) > total)
    .map(([type, total]) => `${type}: ${ledger.used(type)} cards are held or pinned, more than the ${total} there are`);
}
