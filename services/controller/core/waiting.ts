import type { HoldCode } from '#shared/contracts/controller.js';
import { maxCards } from './cards.js';
import type { Facts } from './facts.js';
import { counted } from './figure.js';
import { cardsAt } from './problem.js';
import type { Placement, ServerView } from './server-view.js';

/** Where a server is to go in the end. */
export interface Goal {
  readonly view: ServerView;
  readonly target: Placement;
}

/** What the rest of a step waits for. */
export interface Limit {
  readonly code: HoldCode;
  readonly reason: string;
  readonly missing?: { readonly type: string; readonly cards: number };
}

export function cardsLimit(
  view: ServerView,
  missing: { type: string; cards: number },
  free: number,
  goals: readonly Goal[],
  facts: Facts,
): Limit {
  const others = goals.filter((goal) => goal.view !== view && releasedCards(goal, missing.type, facts) > 0);
  const from = others.length === 0 ? '' : `, to be released by ${others.map((goal) => goal.view.name).join(', ')}`;
  const more = counted(missing.cards, `more ${missing.type} card`);
  return { code: 'cards', reason: `waits for ${more}${from} (${Math.max(0, free)} free)`, missing };
}

/**
 * Servers that wait to change accelerator for cards that will not come: the others give back too few, or wait in turn (two that swap
 * full types). They stay where they are, and the next solve knows it; else cards would be given back for nothing, and taken again.
 */
export function stuckMoves(
  goals: readonly Goal[],
  limitOf: (server: string) => Limit | undefined,
  facts: Facts,
): Map<string, Limit> {
  const waiting = new Map<string, Limit>();
  for (const { view, target } of goals) {
    const limit = limitOf(view.name);
    const moves = target.accelerator !== view.current.accelerator && view.current.numReplicas > 0;
    if (moves && limit?.missing !== undefined) waiting.set(view.name, limit);
  }
  const givers = goals.filter(({ view }) => !waiting.has(view.name));
  return new Map(
    [...waiting].filter(([, { missing }]) => {
      if (missing === undefined) return false;
      return missing.cards > givers.reduce((sum, goal) => sum + releasedCards(goal, missing.type, facts), 0);
    }),
  );
}

/** Cards of a type that pods of a server hold beyond what they will in the end. */
function releasedCards({ view, target }: Goal, type: string, facts: Facts): number {
  const now = maxCards(view.heldCards, view.currentCards).get(type) ?? 0;
  return Math.max(0, now - (cardsAt(view, target.accelerator, target.numReplicas, facts).get(type) ?? 0));
}
