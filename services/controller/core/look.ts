import type { UnhandledDeployment, WaitingPods } from '#shared/contracts/loop.js';
import { addCards, maxCards, type Cards } from './cards.js';
import type { Snapshot } from './conclude.js';
import {
  backOffsOf,
  exhaustedFor,
  exhaustedNow,
  nextBackOffs,
  type BackOffs,
  type Exhaustions,
  type Sighting,
} from './exhaustion.js';
import { createFacts, type Facts } from './facts.js';
import { recall } from './guard-memory.js';
import { holdBefore, withData, type Hold } from './holds.js';
import { cardsOf, viewServers, type ServerView } from './server-view.js';
import { lacksCards, overdue, overdueText, withoutStuckPods } from './stuck.js';
import type { Window } from './window.js';

/** What a decision starts from. */
export interface Look {
  readonly views: readonly ServerView[];
  readonly facts: Facts;
  readonly holds: Map<string, Hold>;
  readonly exhaustions: Exhaustions;
  /** Accelerator type → why it counts as exhausted now, in words. */
  readonly exhausted: ReadonlyMap<string, string>;
}

/** At least one replica, unless its maximum is none. */
function withReplica(view: ServerView): ServerView {
  return { ...view, minReplicas: Math.min(view.maxReplicas, Math.max(1, view.minReplicas)) };
}

/** The others of a partial cycle stay as they ask to be. */
function holdAside(view: ServerView, before: Hold | undefined, wakes: string, facts: Facts): Hold {
  if (before?.kind === 'out') return before;
  const reason = `this cycle is about ${wakes} alone`;
  return withData(view, { kind: 'pin', code: 'partial-cycle', reason, numReplicas: view.asked.numReplicas }, facts);
}

/** Of an accelerator on which its own pods fail to start a server keeps what counts, and gets no more. */
function withLimits(view: ServerView, exhaustions: Exhaustions, nowMs: number): ServerView {
  const { current, spec, status } = view;
  const replicaLimits = exhaustedFor(exhaustions, view.name, nowMs).map(({ accelerator, until, reason }) => {
    const counted = accelerator === current.accelerator ? current.numReplicas : 0;
    return {
      accelerator,
      numReplicas: Math.max(counted, status?.serving[accelerator]?.pods ?? 0),
      reason: `${until}: ${reason}`,
    };
  });
  return replicaLimits.length === 0 ? view : { ...view, spec: { ...spec, replicaLimits } };
}

function cardsAside({ model, accelerator, desiredReplicas, podsByAccelerator }: UnhandledDeployment, facts: Facts): Cards {
  return maxCards(cardsOf(facts, model, podsByAccelerator), cardsOf(facts, model, { [accelerator]: desiredReplicas }));
}

/**
 * The servers with what counts of them, the holds that stand before anything is solved, and the cards that may be given out. A server
 * that is held (paused, its load unknown) stays as it asks to be, whether or not its pods have started.
 */
export function look({ collected, data, state, config, bounds, wakes, nowMs }: Snapshot, window: Window): Look {
  const facts = createFacts(data);
  const seen = viewServers(collected, facts, bounds).map((view) => (view.name === wakes ? withReplica(view) : view));
  const exhaustions: Exhaustions = {
    types: nextBackOffs(state.exhaustions.types, sightTypes(seen), config, nowMs),
    candidates: Object.fromEntries(
      seen.flatMap((view): [string, BackOffs][] => {
        const backOffs = nextBackOffs(
          backOffsOf(state.exhaustions.candidates, view.name),
          sightAccelerators(view),
          config,
          nowMs,
        );
        return Object.keys(backOffs).length === 0 ? [] : [[view.name, backOffs]];
      }),
    ),
  };
  const exhausted = exhaustedNow(exhaustions, nowMs);

  const holds = new Map<string, Hold>();
  const views = seen.map((view) => {
    const stuck = overdue(view, config.startTimeoutMs, nowMs).find(({ accelerator }) => accelerator === view.asked.accelerator);
    const context = { facts, control: collected.control, config, window, nowMs, isStuck: stuck !== undefined };
    const before = holdBefore(view, recall(state, view), context);
    const hold = wakes === undefined || wakes === view.name ? before : holdAside(view, before, wakes, facts);
    if (hold !== undefined) holds.set(view.name, hold);
    const counting = stuck === undefined || hold !== undefined ? view : withoutStuckPods(view, stuck, exhaustions, facts, nowMs);
    return withLimits(counting, exhaustions, nowMs);
  });

  // Of an exhausted type everybody keeps what counts, and nobody gets more.
  const inUse = addCards(...views.map((view) => maxCards(view.heldCards, view.currentCards)));
  const setAside = addCards(...collected.unhandled.map((one) => cardsAside(one, facts)));
  const usableByType = new Map(
    [...facts.cardsByType].map(([type, count]) => {
      const usable = Math.max(0, count - (setAside.get(type) ?? 0));
      return [type, exhausted.has(type) ? Math.min(usable, inUse.get(type) ?? 0) : usable] as const;
    }),
  );
  return { views, facts: { ...facts, setAside, usableByType }, holds, exhaustions, exhausted };

  function sightTypes(all: readonly ServerView[]): Map<string, Sighting> {
    const sightings = new Map<string, Sighting>();
    const sight = (view: ServerView, accelerator: string, readyPods: number, failed?: WaitingPods): void => {
      const type = facts.replicaLikely(view.spec.model, accelerator)?.type;
      if (type === undefined) return;
      const earlier = sightings.get(type);
      const failure = failed === undefined ? undefined : `${view.name}: ${overdueText(failed, nowMs)}`;
      sightings.set(type, {
        readyPods: (earlier?.readyPods ?? 0) + readyPods,
        failure: earlier?.failure ?? failure,
      });
    };
    for (const view of all) {
      for (const [accelerator, { pods }] of Object.entries(view.status?.serving ?? {})) sight(view, accelerator, pods);
      for (const failed of overdue(view, config.startTimeoutMs, nowMs)) {
        if (lacksCards(failed)) sight(view, failed.accelerator, 0, failed);
      }
    }
    return sightings;
  }

  /** What a server sees by itself: pods of its own that have their cards and fail to start. */
  function sightAccelerators(view: ServerView): Map<string, Sighting> {
    const sightings = new Map<string, Sighting>();
    for (const [accelerator, { pods }] of Object.entries(view.status?.serving ?? {})) {
      sightings.set(accelerator, { readyPods: pods, failure: undefined });
    }
    for (const failed of overdue(view, config.startTimeoutMs, nowMs).filter((waiting) => !lacksCards(waiting))) {
      const earlier = sightings.get(failed.accelerator);
      const failure = earlier?.failure ?? overdueText(failed, nowMs);
      sightings.set(failed.accelerator, { readyPods: earlier?.readyPods ?? 0, failure });
    }
    return sightings;
  }
}
