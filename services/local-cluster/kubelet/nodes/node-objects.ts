import type { Lease, Node } from '#shared/kube/wire.js';
import { wireMicroTime, wireTime } from '../kube-types.js';
import type { NodePlan } from './node-layout.js';

/** Label of the nodes that this kubelet has registered. */
export const KUBELET_LABEL = 'inferno.local-cluster/kubelet';
export const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SEC = 40;
const KUBELET_VERSION = 'v1.34.4';

/** Where the node is reached, and by which process. */
export interface NodeHost {
  ip: string;
  /** Of the log server. */
  kubeletPort: number;
  arch: string;
  os: string;
  kernelVersion: string;
  /** One per life of the kubelet. */
  bootId: string;
}

type NodeStatus = NonNullable<Node['status']>;
type NodeCondition = NonNullable<NodeStatus['conditions']>[number];

/** Simulated machines are generous: what limits a pod here is the cards. */
const CPU_PER_CARD = 8;
const CPU_BASE = 8;
const MEMORY_GI_PER_CARD = 64;
const MEMORY_GI_BASE = 32;
const PODS_BASE = 110;

export function nodeObject(plan: NodePlan, host: NodeHost): Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: plan.name, labels: nodeLabels(plan, host) }, spec: {} };
}

export function nodeLabels(plan: NodePlan, host: NodeHost): Record<string, string> {
  return {
    ...plan.labels,
    'kubernetes.io/hostname': plan.name,
    'kubernetes.io/os': host.os,
    'kubernetes.io/arch': host.arch,
    [KUBELET_LABEL]: 'true',
  };
}

/**
 * The node's status. Conditions of others stay; a condition that has not turned keeps its time. The Hostname address is the IP as well:
 * API servers prefer it over the InternalIP when they fetch logs, and the node's name resolves to nothing.
 */
export function nodeStatus(plan: NodePlan, host: NodeHost, shown: NodeStatus | undefined, nowMs: number): NodeStatus {
  const resources = capacityOf(plan);
  return {
    capacity: withoutGone(shown?.capacity, resources),
    allocatable: withoutGone(shown?.allocatable, resources),
    conditions: conditions(shown?.conditions ?? [], nowMs),
    addresses: [
      { type: 'InternalIP', address: host.ip },
      { type: 'Hostname', address: host.ip },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: host.kubeletPort } },
    nodeInfo: {
      architecture: host.arch,
      bootID: host.bootId,
      containerRuntimeVersion: 'simulated://1',
      kernelVersion: host.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion: KUBELET_VERSION,
      machineID: plan.name,
      operatingSystem: host.os,
      osImage: 'local-cluster',
      systemUUID: plan.name,
    },
  };
}

export function leaseObject(node: Node, nowMs: number): Lease {
  const name = node.metadata?.name ?? '';
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: LEASE_NAMESPACE,
      // The lease goes when the node is deleted.
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: node.metadata?.uid ?? '' }],
    },
    spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SEC, renewTime: wireMicroTime(nowMs) },
  };
}

function capacityOf({ cards, resources }: NodePlan): Record<string, string> {
  return {
    cpu: String(CPU_BASE + CPU_PER_CARD * cards),
    memory: `${MEMORY_GI_BASE + MEMORY_GI_PER_CARD * cards}Gi`,
    'ephemeral-storage': '1Ti',
    pods: String(PODS_BASE + cards),
    ...Object.fromEntries(Object.entries(resources).map(([name, count]) => [name, String(count)])),
  };
}

/** An extended resource that the data no longer name is counted 0: a merge patch would keep its old number. */
function withoutGone(shown: Record<string, string> | undefined, resources: Record<string, string>): Record<string, string> {
  const gone = Object.keys(shown ?? {}).filter((name) => name.includes('/') && !(name in resources));
  return { ...resources, ...Object.fromEntries(gone.map((name) => [name, '0'])) };
}

const CONDITIONS: readonly (Pick<NodeCondition, 'type' | 'status'> & { reason: string; message: string })[] = [
  {
    type: 'MemoryPressure',
    status: 'False',
    reason: 'KubeletHasSufficientMemory',
    message: 'kubelet has sufficient memory available',
  },
  { type: 'DiskPressure', status: 'False', reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
  { type: 'PIDPressure', status: 'False', reason: 'KubeletHasSufficientPID', message: 'kubelet has sufficient PID available' },
  { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
];

function conditions(shown: readonly NodeCondition[], nowMs: number): NodeCondition[] {
  const now = wireTime(nowMs);
  const own = CONDITIONS.map((condition): NodeCondition => {
    const previous = shown.find(({ type }) => type === condition.type);
    const kept = previous?.status === condition.status ? previous.lastTransitionTime : undefined;
    return { ...condition, lastHeartbeatTime: now, lastTransitionTime: kept ?? now };
  });
  return [...own, ...shown.filter(({ type }) => !CONDITIONS.some((condition) => condition.type === type))];
}
