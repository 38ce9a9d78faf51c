import type { Deployment, Node, Pod, PodTemplateSpec, ReplicaSet } from '#shared/kube/wire.js';
import { type OwnerReference } from '../../machinery/owner.js';
import { toTimestamp } from '../../machinery/timestamps.js';

type DeploymentSpec = NonNullable<Deployment['spec']>;
type PodStatus = NonNullable<Pod['status']>;

export const NAMESPACE = 'infer';

export function template(version = 1): PodTemplateSpec {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'server', image: `server:${version}` }] } };
}

/** A deployment `web` of three replicas, as an API server stores it. */
export function deploymentOf(spec: Partial<DeploymentSpec> = {}, status: Deployment['status'] = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: NAMESPACE, uid: 'uid-web', generation: 1, resourceVersion: '1' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: template(),
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
      },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
    status,
  };
}

export function ownedBy(kind: string, name: string, uid: string): OwnerReference {
  return { apiVersion: 'apps/v1', kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export interface ReplicaSetWish {
  name?: string;
  replicas?: number;
  available?: number;
  /** Pods that its status counts; by default as many as wanted. */
  pods?: number;
  version?: number;
  annotations?: Record<string, string>;
  createdMs?: number;
  minReadySeconds?: number;
}

/** A replica set of deployment `web`, seen by its controller. */
export function replicaSetOf(wish: ReplicaSetWish = {}): ReplicaSet {
  const { name = 'web-a', replicas = 3, version = 1, annotations = {}, createdMs = 0, minReadySeconds = 0 } = wish;
  const { available = replicas, pods = replicas } = wish;
  const labels = { app: 'web', 'pod-template-hash': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: toTimestamp(createdMs),
      labels,
      annotations,
      ownerReferences: [ownedBy('Deployment', 'web', 'uid-web')],
    },
    spec: {
      replicas,
      minReadySeconds,
      selector: { matchLabels: labels },
      template: { ...template(version), metadata: { labels } },
    },
    status: { replicas: pods, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
  };
}

export interface PodWish {
  owner?: ReplicaSet;
  node?: string;
  ready?: boolean;
  readySinceMs?: number;
  phase?: string;
  createdMs?: number;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  deleted?: boolean;
  restarts?: number;
  spec?: Partial<NonNullable<Pod['spec']>>;
}

/** A pod as an API server stores it; without wishes it is pending and has no node. */
export function podOf(name: string, wish: PodWish = {}): Pod {
  const { owner, node, ready = false, readySinceMs = 0, createdMs = 0, annotations, deleted = false, restarts = 0 } = wish;
  const { phase = ready ? 'Running' : 'Pending', labels = owner?.metadata?.labels ?? {} } = wish;
  const status: PodStatus = {
    phase,
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: toTimestamp(readySinceMs) }],
    containerStatuses: [{ name: 'server', image: '', imageID: '', ready, restartCount: restarts }],
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: toTimestamp(createdMs),
      labels,
      ...(annotations === undefined ? {} : { annotations }),
      ...(deleted ? { deletionTimestamp: toTimestamp(createdMs) } : {}),
      ...(owner === undefined
        ? {}
        : { ownerReferences: [ownedBy('ReplicaSet', owner.metadata?.name ?? '', owner.metadata?.uid ?? '')] }),
    },
    spec: {
      containers: [{ name: 'server', image: 'server:1' }],
      ...(node === undefined ? {} : { nodeName: node }),
      ...wish.spec,
    },
    status,
  };
}

export function nodeOf(
  name: string,
  allocatable: Record<string, string> = {},
  extra: { labels?: Record<string, string>; spec?: Node['spec']; status?: Node['status'] } = {},
): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1', labels: extra.labels ?? {}, creationTimestamp: toTimestamp(0) },
    spec: extra.spec ?? {},
    status: { allocatable: { cpu: '8', memory: '32Gi', pods: '110', ...allocatable }, ...extra.status },
  };
}
