import type { HoldCode } from '#shared/contracts/controller.js';
import { excessCards, maxCards } from './cards.js';
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

/** Accelerator type → servers that hold more of its cards than they will in the end, and by how many. */
export type Releases = ReadonlyMap<string, readonly { readonly server: string; readonly cards: number }[]>;

export function releasesOf(goals: readonly Goal[], facts: Facts): Releases {
  const releases = new Map<string, { server: string; cards: number }[]>();
  for (const { view, target } of goals) {
    const later = cardsAt(view, target.accelerator, target.numReplicas, facts);
    for (const [type, cards] of excessCards(maxCards(view.heldCards, view.currentCards), later)) {
      if (cards > 0) releases.set(type, [...(releases.get(type) ?? []), { server: view.name, cards }]);
    }
  }
  return releases;
}

const MOST_NAMES = 4;

export function cardsLimit(
  server: string,
  missing: { readonly type: string; readonly cards: number },
  free: number,
  releases: Releases,
): Limit {
  const others = (releases.get(missing.type) ?? []).map((release) => release.server).filter((other) => other !== server);
  const more = others.length > MOST_NAMES ? ` and ${others.length - MOST_NAMES} more` : '';
  const from = others.length === 0 ? '' : `, to be released by ${others.slice(0, MOST_NAMES).join(', ')}${more}`;
  const what = counted(missing.cards, `more ${missing.type} card`);
  return { code: 'cards', reason: `waits for ${what}${from} (${Math.max(0, free)} free)`, missing };
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
  const coming = new Map<string, number>();
  for (const [type, releases] of releasesOf(goals, facts)) {
    const given = releases.filter(({ server }) => !waiting.has(server));
    coming.set(
      type,
      given.reduce((sum, { cards }) => sum + cards, 0),
    );
  }
  return new Map(
    [...waiting].filter(([, { missing }]) => missing !== undefined && missing.cards > (coming.get(missing.type) ?? 0)),
  );
}
