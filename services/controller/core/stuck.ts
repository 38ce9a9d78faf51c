import type { WaitingPods } from '#shared/contracts/loop.js';
import { backOffsOf, exhaustedFor, isInForce, type Exhaustions } from './exhaustion.js';
import type { Facts } from './facts.js';
import { counted } from './figure.js';
import { cardsOf, type Placement, type ServerView } from './server-view.js';

/** Ready pods on all accelerators. */
export function totalServing({ status }: ServerView): number {
  return Object.values(status?.serving ?? {}).reduce((sum, { pods }) => sum + pods, 0);
}

/** Pods that have been waiting for longer than they may. */
export function overdue({ status }: ServerView, startTimeoutMs: number, nowMs: number): WaitingPods[] {
  return (status?.waiting ?? []).filter(({ since }) => nowMs - since > startTimeoutMs);
}

/** `2 pods on L4 unschedulable for 720 s (0/4 nodes are available)` */
export function overdueText({ accelerator, pods, why, since, reason }: WaitingPods, nowMs: number): string {
  const seconds = Math.round((nowMs - since) / 1000);
  return `${counted(pods, 'pod')} on ${accelerator} ${whyTexts[why]} for ${seconds} s (${reason})`;
}

const whyTexts: Readonly<Record<WaitingPods['why'], string>> = {
  unschedulable: 'unschedulable',
  unscheduled: 'unscheduled',
  'crash-loop': 'crashing at the start',
  'not-ready': 'not ready',
};

/**
 * Whether the cards are to blame, and so the type, for everybody. A pod that has a node has its cards: an image that cannot be had, a
 * crash at the start or a model that does not load is its server's own matter, and so is a pod that nobody tried to place.
 */
export function lacksCards({ why }: WaitingPods): boolean {
  return why === 'unschedulable';
}

/**
 * A server whose pods have failed to start, without them: what counts is what serves, on the accelerator where most of it does. While
 * a change of accelerator is stuck that is the old one, so that the change can be taken back, or lead to a third.
 */
export function withoutStuckPods(
  view: ServerView,
  stuck: WaitingPods,
  exhaustions: Exhaustions,
  facts: Facts,
  nowMs: number,
): ServerView {
  const { asked, spec, status } = view;
  const isUsable = (accelerator: string): boolean => {
    const type = facts.replicaOn(spec.model, accelerator)?.type;
    if (type === undefined || isInForce(exhaustions.types, type, nowMs)) return false;
    return !isInForce(backOffsOf(exhaustions.candidates, view.name), accelerator, nowMs);
  };
  const [elsewhere] = Object.entries(status?.serving ?? {})
    .filter(([accelerator, { pods }]) => pods > 0 && accelerator !== asked.accelerator && isUsable(accelerator))
    .sort(([a, { pods: some }], [b, { pods: others }]) => others - some || (a < b ? -1 : 1));
  const numReplicas = Math.min(asked.numReplicas, totalServing(view));
  const current: Placement =
    elsewhere === undefined
      ? { ...asked, numReplicas }
      : { accelerator: elsewhere[0], numReplicas, maxBatch: elsewhere[1].maxBatch };
  const [own] = exhaustedFor(exhaustions, view.name, nowMs).filter(({ accelerator }) => accelerator === stuck.accelerator);
  const text = `${overdueText(stuck, nowMs)}, which do not count as coming; serving: ${totalServing(view)}`;
  return {
    ...view,
    current,
    currentCards: cardsOf(facts, spec.model, { [current.accelerator]: numReplicas }),
    currentCost: (facts.replicaLikely(spec.model, current.accelerator)?.cost ?? 0) * numReplicas,
    stuck: own === undefined ? text : `${text}; ${own.until}`,
  };
}
