import type { V1NodeCondition, V1Taint } from '@kubernetes/client-node';
import type { Lease, Node, Wire } from '#shared/kube/wire.js';
import { metaOf } from '../machinery/object-feed.js';
import { fromTimestamp, toTimestamp } from '../machinery/timestamps.js';

type NodeCondition = Wire<V1NodeCondition>;
type Taint = Wire<V1Taint>;

/** The last sign of life of a node, and when we saw it. Our own clock counts: the node's may be wrong. */
export interface Heartbeat {
  sign: string;
  seenMs: number;
}

export interface HealthDecision {
  heartbeat: Heartbeat;
  /** The conditions to write, where the node has gone silent. */
  conditions?: NodeCondition[];
  /** When the node will have been silent for too long, unless it gives a sign of life. */
  checkAgainInMs?: number;
}

const OVERSLEPT_FACTOR = 2;

/** What a kubelet tells about; without news of it, all of it is unknown. */
const KUBELET_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** Which condition in which status keeps new pods away, and by which taint. */
const CONDITION_TAINTS: readonly (readonly [type: string, status: string, key: string])[] = [
  ['Ready', 'False', 'node.kubernetes.io/not-ready'],
  ['Ready', 'Unknown', 'node.kubernetes.io/unreachable'],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
];
const UNSCHEDULABLE_KEY = 'node.kubernetes.io/unschedulable';
const MANAGED_KEYS: ReadonlySet<string> = new Set([UNSCHEDULABLE_KEY, ...CONDITION_TAINTS.map(([, , key]) => key)]);

/**
 * Whether a node still lives. A renewed lease or a new heartbeat time in its status is a sign of life; after `graceMs` without one
 * its conditions become Unknown.
 */
export function judgeNode(
  node: Node,
  lease: Lease | undefined,
  before: Heartbeat | undefined,
  options: { graceMs: number; nowMs: number },
): HealthDecision {
  const { graceMs, nowMs } = options;
  const sign = JSON.stringify([lease?.spec?.renewTime, conditionOf(node, 'Ready')?.lastHeartbeatTime, metaOf(node).uid]);
  // The look at the end of the grace that comes much too late says that we slept (a closed laptop), not that the node did not live.
  const isFresh = before?.sign === sign && nowMs - before.seenMs <= OVERSLEPT_FACTOR * graceMs;
  const heartbeat = isFresh ? before : { sign, seenMs: nowMs };
  const silentMs = nowMs - heartbeat.seenMs;
  if (silentMs <= graceMs) return { heartbeat, checkAgainInMs: graceMs - silentMs + 1 };
  const conditions = silenced(node, nowMs);
  return conditions === undefined ? { heartbeat } : { heartbeat, conditions };
}

/** The node's conditions with all that its kubelet told turned to Unknown; undefined where that is so already. */
function silenced(node: Node, nowMs: number): NodeCondition[] | undefined {
  const now = toTimestamp(nowMs);
  const all = node.status?.conditions ?? [];
  const known = all.filter(({ type, status }) => KUBELET_CONDITIONS.includes(type) && status !== 'Unknown');
  const missing = KUBELET_CONDITIONS.filter((type) => conditionOf(node, type) === undefined);
  if (known.length + missing.length === 0) return undefined;
  const unknown = { status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
  const never = { status: 'Unknown', reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' };
  const since = metaOf(node).creationTimestamp ?? toTimestamp(fromTimestamp(now) ?? 0);
  return [
    ...all.map((condition) => (known.includes(condition) ? { ...condition, ...unknown, lastTransitionTime: now } : condition)),
    ...missing.map((type) => ({ type, ...never, lastHeartbeatTime: since, lastTransitionTime: now })),
  ];
}

/** The taints that the node is to have: those of its conditions, and whatever others put there. Undefined where it has them. */
export function wantedTaints(node: Node): Taint[] | undefined {
  const current = node.spec?.taints ?? [];
  const keys = CONDITION_TAINTS.filter(([type, status]) => conditionOf(node, type)?.status === status).map(([, , key]) => key);
  if (node.spec?.unschedulable === true) keys.push(UNSCHEDULABLE_KEY);
  const isManaged = ({ key, effect }: Taint): boolean => effect === 'NoSchedule' && MANAGED_KEYS.has(key);
  const kept = current.filter((taint) => !isManaged(taint) || keys.includes(taint.key));
  const missing = keys.filter((key) => !kept.some((taint) => isManaged(taint) && taint.key === key));
  if (kept.length === current.length && missing.length === 0) return undefined;
  return [...kept, ...missing.map((key) => ({ key, effect: 'NoSchedule' }))];
}

/** Whether the node says, or has it said of it, that it cannot run pods. One that never said anything has not. */
export function isNotReady(node: Node): boolean {
  const status = conditionOf(node, 'Ready')?.status;
  return status !== undefined && status !== 'True';
}

function conditionOf(node: Node, type: string): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type);
}
