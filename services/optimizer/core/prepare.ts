import type { SystemSpec } from '#shared/contracts/system-data.js';
import { createCatalogue, type Catalogue } from './catalogue.js';
import type { OptimizerOptions } from './options.js';
import { byName } from './order.js';
import { planServer, reservedCards, type ServerPlan } from './plan-server.js';
import { batchRuleOf } from './sizing/batch-rule.js';
import { createSizer } from './sizing/sizer.js';
import { createCardLedger, type CardLedger } from './solve/card-ledger.js';
import { chooseSolver, type SolverChoice } from './solve/choose-solver.js';
import type { Contender } from './solve/problem.js';

/** A problem ready to be solved: every server sized on every accelerator, what is pinned or held off the cards. */
export interface Preparation {
  readonly system: SystemSpec;
  readonly catalogue: Catalogue;
  /** In the order of names. */
  readonly plans: readonly ServerPlan[];
  readonly contenders: readonly Contender[];
  /** What pins and holds leave; a solver takes from it. */
  readonly ledger: CardLedger;
  readonly solver: SolverChoice;
}

export function prepare(system: SystemSpec, options: OptimizerOptions): Preparation {
  const { optimizer } = system.optimizerData;
  const catalogue = createCatalogue(system);
  const context = {
    catalogue,
    sizer: createSizer(options),
    batchRule: batchRuleOf(optimizer),
    tpsTargetReplacesLoad: optimizer.tpsTargetReplacesLoad,
  };
  const { defaultMaxBatchSize = 0 } = options;
  const asking = system.serverData.servers.map((server) =>
    (server.maxBatchSize ?? 0) > 0 || defaultMaxBatchSize === 0 ? server : { ...server, maxBatchSize: defaultMaxBatchSize },
  );
  const plans = asking.sort(byName).map((server) => planServer(context, server));
  const ledger = createCardLedger(catalogue.cardsByType);
  for (const plan of plans) {
    const cards = reservedCards(plan);
    if (cards !== null) ledger.take(cards.type, cards.count);
  }
  const contenders = plans.flatMap((plan) => contenderOf(plan) ?? []);
  return { system, catalogue, plans, contenders, ledger, solver: chooseSolver(optimizer) };
}

function contenderOf({ server, priority, current, standing }: ServerPlan): Contender | null {
  if (standing.kind !== 'contends') return null;
  const { eligible } = standing;
  return { name: server.name, priority, eligible, minNumReplicas: server.minNumReplicas ?? 0, held: current.cards };
}
