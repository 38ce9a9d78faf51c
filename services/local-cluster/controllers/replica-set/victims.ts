import type { Pod } from '#shared/kube/wire.js';
import { metaOf, uidOf } from '../machinery/object-feed.js';
import { fromTimestamp } from '../machinery/timestamps.js';
import { isPodActive, isPodReady, readySinceMs } from './pod-condition.js';

export const DELETION_COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';

const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const MAX_COST = 2 ** 31 - 1;

/**
 * The pods to delete first when there are too many: those that serve least. In this order: without a node; pending before unknown
 * before running; not ready; of lower deletion cost; on a node with more pods of the same deployment; the latest to become ready;
 * restarted more often; youngest; and by uid, so that the answer never depends on the order of the input.
 * `related` are the pods of all replica sets of the same deployment, these included.
 */
export function chooseVictims(pods: readonly Pod[], count: number, related: readonly Pod[]): Pod[] {
  const onNode = countByNode(related);
  const neighbours = (pod: Pod): number => onNode.get(pod.spec?.nodeName ?? '') ?? 0;
  const order = (a: Pod, b: Pod): number =>
    Number(hasNode(a)) - Number(hasNode(b)) ||
    phaseOrder(a) - phaseOrder(b) ||
    Number(isPodReady(a)) - Number(isPodReady(b)) ||
    deletionCost(a) - deletionCost(b) ||
    neighbours(b) - neighbours(a) ||
    (readySinceMs(b) ?? 0) - (readySinceMs(a) ?? 0) ||
    mostRestarts(b) - mostRestarts(a) ||
    createdMs(b) - createdMs(a) ||
    (uidOf(a) < uidOf(b) ? -1 : 1);
  return [...pods].sort(order).slice(0, Math.max(0, count));
}

/** What it costs to lose this pod rather than another, by its annotation; 0 where there is none or it is no 32-bit integer. */
export function deletionCost(pod: Pod): number {
  const text = metaOf(pod).annotations?.[DELETION_COST_ANNOTATION];
  if (text === undefined || !/^(0|[+-]?[1-9]\d*)$/.test(text)) return 0;
  const cost = Number(text);
  return cost < -MAX_COST - 1 || cost > MAX_COST ? 0 : cost;
}

function countByNode(pods: readonly Pod[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const pod of pods.filter(isPodActive)) {
    const node = pod.spec?.nodeName ?? '';
    counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return counts;
}

function hasNode(pod: Pod): boolean {
  return (pod.spec?.nodeName ?? '') !== '';
}

function phaseOrder(pod: Pod): number {
  return PHASE_ORDER[pod.status?.phase ?? 'Pending'] ?? 0;
}

function mostRestarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

function createdMs(pod: Pod): number {
  return fromTimestamp(metaOf(pod).creationTimestamp) ?? 0;
}
