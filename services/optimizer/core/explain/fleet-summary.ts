import type { FleetSummary, Shortage } from '#shared/contracts/fleet-summary.js';
import { outcomes as allOutcomes, type Outcome } from '#shared/contracts/optimizer.js';
import type { Catalogue } from '../catalogue.js';
import { reservedCards, type ServerPlan } from '../plan-server.js';
import type { Contender, Solution } from '../solve/problem.js';
import { classCosts } from './class-costs.js';
import { figure } from './figure.js';
import { outcomeOf } from './outcome.js';
import { shortagesOf } from './shortages.js';

/** The answer as a whole, from figures that are there already: nothing is solved again for it. */
export function fleetSummary(
  { catalogue, plans, contenders }: { catalogue: Catalogue; plans: readonly ServerPlan[]; contenders: readonly Contender[] },
  solution: Solution,
): FleetSummary {
  const outcomes = plans.map((plan) => outcomeOf(plan, solution));
  const shortages = shortagesOf(contenders, solution, overcommittedCards(plans, catalogue));
  return {
    outcomes: countsOf(outcomes),
    cards: [...catalogue.cardsByType.keys()].map((type) => cardsEntry(type, solution, shortages)),
    shortages,
    relaxations: plans.flatMap(({ standing }) =>
      standing.kind === 'stays' && standing.outcome === 'infeasible' ? [standing.relaxation] : [],
    ),
    classes: classCosts(plans, outcomes, solution),
  };
}

function countsOf(outcomes: readonly Outcome[]): FleetSummary['outcomes'] {
  const counts = new Map(allOutcomes.map((outcome) => [outcome, 0]));
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return Object.fromEntries([...counts].filter(([, count]) => count > 0));
}

function overcommittedCards(plans: readonly ServerPlan[], { cardsByType }: Catalogue): ReadonlyMap<string, number> {
  const reserved = new Map<string, number>();
  for (const plan of plans) {
    const cards = reservedCards(plan);
    if (cards !== null) reserved.set(cards.type, (reserved.get(cards.type) ?? 0) + cards.count);
  }
  return new Map([...reserved].map(([type, count]) => [type, Math.max(0, count - (cardsByType.get(type) ?? 0))]));
}

function cardsEntry(type: string, { proof }: Solution, shortages: readonly Shortage[]): FleetSummary['cards'][number] {
  // A type that nobody has a choice on has no price: one more of it is of no use.
  const prices = proof?.cardPrices ?? null;
  const price = prices === null ? null : (prices.get(type) ?? 0);
  const lacking = shortages.filter((item) => item.type === type).length;
  const worth = price === null ? 'what one more is worth is not computed' : worthText(figure(price));
  const lack = lacking === 0 ? '' : `; ${lacking} ${lacking === 1 ? 'server lacks' : 'servers lack'} some`;
  return { type, price, lacking, text: `${worth}${lack}` };
}

function worthText(cents: number): string {
  return `at the margin one more is worth ${cents === 0 ? 'nothing' : `${cents} cents/hr`}`;
}
