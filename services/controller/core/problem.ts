import type { ServerSpec, SystemData } from '#shared/contracts/system-data.js';
import { addCards, excessCards, maxCards } from './cards.js';
import { cardsOf, type ServerView } from './server-view.js';
import type { ControllerData, Facts } from './facts.js';
import type { Hold, Holds } from './holds.js';
import { keepsBatch } from './max-batch.js';

/** The servers that are put to the solver. */
export function solvable(views: readonly ServerView[], holds: Holds): ServerView[] {
  return views.filter((view) => holds.get(view.name)?.kind !== 'out');
}

/**
 * The problem with all holds in it. Cards that the solver cannot give to anybody are taken off the capacity first: those of servers
 * that it is not told of, and those of pods beyond what their server asks for (terminating, of an old template, in surge), and what a roll-out that goes on will take for a while.
 * @param keepsBatchOf whether the max batch that runs where a server is stays, or gives way; undefined: as the solver weighs it
 */
export function problemOf(
  views: readonly ServerView[],
  holds: Holds,
  keepsBatchOf: (view: ServerView) => boolean | undefined,
  { data, facts }: { readonly data: ControllerData; readonly facts: Facts },
): SystemData {
  const contenders = solvable(views, holds);
  const reserved = addCards(
    ...views.map((view) => {
      const taken = maxCards(view.heldCards, view.currentCards);
      const { accelerator, numReplicas } = view.current;
      return holds.get(view.name)?.kind === 'out' ? taken : excessCards(taken, cardsAt(view, accelerator, numReplicas, facts));
    }),
  );
  const capacity = [...facts.usableByType].map(([type, count]) => ({
    type,
    count: Math.max(0, count - (reserved.get(type) ?? 0)),
  }));
  return {
    system: {
      acceleratorData: data.acceleratorData,
      capacityData: { count: capacity },
      modelData: data.modelData,
      serviceClassData: data.serviceClassData,
      optimizerData: data.optimizerData,
      serverData: { servers: contenders.map((view) => specOf(view, holds.get(view.name), keepsBatchOf(view))) },
    },
  };
}

function specOf(view: ServerView, hold: Hold | undefined, keepMaxBatch: boolean | undefined): ServerSpec {
  const { spec, current, currentCost, minReplicas, maxReplicas } = view;
  const base: ServerSpec = {
    ...spec,
    minNumReplicas: minReplicas,
    ...(Number.isFinite(maxReplicas) ? { maxNumReplicas: maxReplicas } : {}),
    ...(keepMaxBatch === undefined || !keepsBatch(view) ? {} : { keepMaxBatch }),
    // The price of what runs now stands in every value that the solver compares; the collector knows no prices.
    currentAlloc: {
      ...current,
      cost: currentCost,
      itlAverage: 0,
      ttftAverage: 0,
      ...(view.load.known ? { load: view.load.load } : {}),
    },
  };
  // Pins are the guard's to set, and of this cycle alone.
  delete base.pin;
  switch (hold?.kind) {
    case 'pin':
      return { ...base, pin: { accelerator: current.accelerator, numReplicas: hold.numReplicas, reason: hold.reason } };
    case 'floor':
      return { ...base, keepAccelerator: true, minNumReplicas: Math.max(minReplicas, hold.numReplicas) };
    case 'keep-accelerator':
      return { ...base, keepAccelerator: true };
    default:
      return base;
  }
}

/** Cards of a server at some count on some accelerator. */
export function cardsAt(view: ServerView, accelerator: string, numReplicas: number, facts: Facts): Map<string, number> {
  return cardsOf(facts, view.spec.model, { [accelerator]: numReplicas });
}
