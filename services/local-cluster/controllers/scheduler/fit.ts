import type { Node, Pod } from '#shared/kube/wire.js';
import { nameOf } from '../machinery/object-feed.js';
import { isWantedNode, preferenceOf } from './node-affinity.js';
import { PODS, type Resources } from './resources.js';
import { discouragingTaints, forbiddingTaints, isTolerated } from './taints.js';

/** A node with what it has and what of that is taken. */
export interface NodeRoom {
  node: Node;
  allocatable: Resources;
  requested: Resources;
}

export type Placement = { fits: true; node: string } | { fits: false; message: string };

const UNSCHEDULABLE_TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Pods that ask for nothing still use something; with these they spread. 100 millicores and 200 MB, in thousandths. */
const ASSUMED_REQUESTS: Readonly<Record<string, number>> = { cpu: 100, memory: 200 * 1024 * 1024 * 1000 };
const BASIC_RESOURCES = ['cpu', 'memory'];

/**
 * Chooses the node for a pod: of those that fit the one with the most left afterwards. None fits: how many nodes are ruled out by
 * what, in the words of kube-scheduler. Of equal nodes the one with fewer pods, then the first by name, so that the same cluster
 * always gives the same answer.
 */
export function placePod(pod: Pod, requests: Resources, rooms: readonly NodeRoom[]): Placement {
  if (rooms.length === 0) return { fits: false, message: 'no nodes available to schedule pods' };
  const counts = new Map<string, number>();
  let best: { room: NodeRoom; rank: readonly number[] } | undefined;
  for (const room of rooms) {
    const reasons = reasonsAgainst(pod, requests, room);
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    if (reasons.length > 0) continue;
    const rank = rankOf(pod, requests, room);
    if (best === undefined || isBetter(rank, nameOf(room.node), best)) best = { room, rank };
  }
  if (best !== undefined) return { fits: true, node: nameOf(best.room.node) };
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return { fits: false, message: `0/${rooms.length} nodes are available: ${reasons.join(', ')}.` };
}

/** Why a node cannot take the pod: the first rule that it breaks, and of resources all that are short. Empty where it fits. */
export function reasonsAgainst(pod: Pod, requests: Resources, { node, allocatable, requested }: NodeRoom): string[] {
  if (node.spec?.unschedulable === true && !isTolerated(UNSCHEDULABLE_TAINT, pod.spec?.tolerations))
    return ['node(s) were unschedulable'];
  if (forbiddingTaints(node, pod).length > 0) return ['node(s) had untolerated taint(s)'];
  if (!isWantedNode(node, pod)) return ["node(s) didn't match Pod's node affinity/selector"];
  return [...requests]
    .filter(([name, needed]) => needed > 0 && needed > (allocatable.get(name) ?? 0) - (requested.get(name) ?? 0))
    .map(([name]) => (name === PODS ? 'Too many pods' : `Insufficient ${name}`));
}

function isBetter(rank: readonly number[], name: string, best: { room: NodeRoom; rank: readonly number[] }): boolean {
  const at = rank.findIndex((value, position) => value !== best.rank[position]);
  return at < 0 ? name < nameOf(best.room.node) : (rank[at] ?? 0) > (best.rank[at] ?? 0);
}

/** Compared from the left: fewer discouraging taints, stated preferences, share left free, fewer pods. */
function rankOf(pod: Pod, requests: Resources, room: NodeRoom): readonly number[] {
  return [
    -discouragingTaints(room.node, pod).length,
    preferenceOf(room.node, pod),
    freeShare(requests, room),
    -(room.requested.get(PODS) ?? 0),
  ];
}

/** The mean share, over cpu, memory and every other resource that the pod asks for, that would be left free on the node. */
function freeShare(requests: Resources, { allocatable, requested }: NodeRoom): number {
  const others = [...requests.keys()].filter((name) => name !== PODS && !BASIC_RESOURCES.includes(name));
  const shares = [...BASIC_RESOURCES, ...others].map((name) => {
    const total = allocatable.get(name) ?? 0;
    const pods = (requested.get(PODS) ?? 0) / 1000;
    const assumed = ASSUMED_REQUESTS[name] ?? 0;
    const taken = Math.max(requested.get(name) ?? 0, pods * assumed) + Math.max(requests.get(name) ?? 0, assumed);
    return total === 0 ? 0 : Math.max(0, (total - taken) / total);
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
