/** Where each resource of the tables lives, and its kind. */
export const resources = {
  pods: ['/api/v1', 'Pod'],
  services: ['/api/v1', 'Service'],
  configmaps: ['/api/v1', 'ConfigMap'],
  deployments: ['/apis/apps/v1', 'Deployment'],
  replicasets: ['/apis/apps/v1', 'ReplicaSet'],
  leases: ['/apis/coordination.k8s.io/v1', 'Lease'],
  roles: ['/apis/rbac.authorization.k8s.io/v1', 'Role'],
  rolebindings: ['/apis/rbac.authorization.k8s.io/v1', 'RoleBinding'],
} as const;

export type ResourceName = keyof typeof resources;

/** An object that no API server takes, with the causes that the real one names. */
interface InvalidCase {
  readonly title: string;
  readonly resource: ResourceName;
  readonly object: Record<string, unknown>;
  readonly causes: readonly string[];
}

const server = { name: 'server', image: 'server:1' };
const labels = { app: 'web' };
const pod = (spec: object, metadata: object = {}) => ({
  metadata: { name: 'bad', ...metadata },
  spec: { containers: [server], ...spec },
});
/** A pod that is sound but for these fields of its container. */
export const container = (fields: object) => pod({ containers: [{ ...server, ...fields }] });
const workload = (spec: object) => ({
  metadata: { name: 'bad' },
  spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [server] } }, ...spec },
});
const named = (metadata: object) => ({ metadata: { name: 'bad', ...metadata } });
const tooLong = 'a'.repeat(64);

export const invalid: readonly InvalidCase[] = [
  {
    title: 'a name with capitals',
    resource: 'configmaps',
    object: named({ name: 'Bad' }),
    causes: ['metadata.name: FieldValueInvalid'],
  },
  {
    title: 'neither name nor prefix',
    resource: 'configmaps',
    object: { metadata: {} },
    causes: ['metadata.name: FieldValueRequired'],
  },
  {
    title: 'a label value with a space',
    resource: 'configmaps',
    object: named({ labels: { a: 'b c' } }),
    causes: ['metadata.labels: FieldValueInvalid'],
  },
  {
    title: 'a label value that is too long',
    resource: 'configmaps',
    object: named({ labels: { a: tooLong } }),
    causes: ['metadata.labels: FieldValueInvalid'],
  },
  {
    title: 'a label key of two slashes',
    resource: 'configmaps',
    object: named({ labels: { 'a/b/c': 'd' } }),
    causes: ['metadata.labels: FieldValueInvalid'],
  },
  {
    title: 'an annotation without a key',
    resource: 'configmaps',
    object: named({ annotations: { '': 'a' } }),
    causes: ['metadata.annotations: FieldValueInvalid'],
  },
  {
    title: 'a finalizer without a domain',
    resource: 'configmaps',
    object: named({ finalizers: ['mine'] }),
    causes: ['metadata.finalizers[0]: FieldValueInvalid'],
  },
  {
    title: 'an owner without a uid',
    resource: 'configmaps',
    object: named({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '' }] }),
    causes: ['metadata.ownerReferences.uid: FieldValueInvalid'],
  },
  {
    title: 'a key with a slash',
    resource: 'configmaps',
    object: { ...named({}), data: { 'a/b': 'c' } },
    causes: ['data[a/b]: FieldValueInvalid'],
  },
  {
    title: 'a pod without containers',
    resource: 'pods',
    object: pod({ containers: [] }),
    causes: ['spec.containers: FieldValueRequired'],
  },
  {
    title: 'a pod name with an underscore',
    resource: 'pods',
    object: pod({}, { name: 'a_b' }),
    causes: ['metadata.name: FieldValueInvalid'],
  },
  {
    title: 'a container without name and image',
    resource: 'pods',
    object: pod({ containers: [{}] }),
    causes: ['spec.containers[0].image: FieldValueRequired', 'spec.containers[0].name: FieldValueRequired'],
  },
  {
    title: 'a container name with capitals',
    resource: 'pods',
    object: container({ name: 'Server' }),
    causes: ['spec.containers[0].name: FieldValueInvalid'],
  },
  {
    title: 'two containers of one name',
    resource: 'pods',
    object: pod({ containers: [server, server] }),
    causes: ['spec.containers[1].name: FieldValueDuplicate'],
  },
  {
    title: 'a port out of range',
    resource: 'pods',
    object: container({ ports: [{ containerPort: 70000 }] }),
    causes: ['spec.containers[0].ports[0].containerPort: FieldValueInvalid'],
  },
  {
    title: 'a port of no known protocol',
    resource: 'pods',
    object: container({ ports: [{ containerPort: 80, protocol: 'HTTP' }] }),
    causes: ['spec.containers[0].ports[0].protocol: FieldValueNotSupported'],
  },
  {
    title: 'a variable without a name',
    resource: 'pods',
    object: container({ env: [{ name: '', value: 'a' }] }),
    causes: ['spec.containers[0].env[0].name: FieldValueRequired'],
  },
  {
    title: 'a negative request',
    resource: 'pods',
    object: container({ resources: { requests: { cpu: '-1' } } }),
    causes: ['spec.containers[0].resources.requests[cpu]: FieldValueInvalid'],
  },
  {
    title: 'a request above its limit',
    resource: 'pods',
    object: container({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    causes: ['spec.containers[0].resources.requests: FieldValueInvalid'],
  },
  {
    title: 'a request of an extended resource without a limit',
    resource: 'pods',
    object: container({ resources: { requests: { 'nvidia.com/gpu': '1' } } }),
    causes: ['spec.containers[0].resources.limits: FieldValueRequired'],
  },
  {
    title: 'half of an extended resource',
    resource: 'pods',
    object: container({ resources: { limits: { 'nvidia.com/gpu': '500m' } } }),
    causes: [
      'spec.containers[0].resources.limits[nvidia.com/gpu]: FieldValueInvalid',
      'spec.containers[0].resources.requests[nvidia.com/gpu]: FieldValueInvalid',
    ],
  },
  {
    title: 'a restart policy that there is not',
    resource: 'pods',
    object: pod({ restartPolicy: 'Sometimes' }),
    causes: ['spec.restartPolicy: FieldValueNotSupported'],
  },
  {
    title: 'a probe with no way to probe',
    resource: 'pods',
    object: container({ readinessProbe: { periodSeconds: 1 } }),
    causes: ['spec.containers[0].readinessProbe: FieldValueRequired'],
  },
  {
    title: 'a probe port out of range',
    resource: 'pods',
    object: container({ readinessProbe: { httpGet: { path: '/', port: 0 } } }),
    causes: ['spec.containers[0].readinessProbe.httpGet.port: FieldValueInvalid'],
  },
  {
    title: 'a mount of a volume that is not there',
    resource: 'pods',
    object: container({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
    causes: ['spec.containers[0].volumeMounts[0].name: FieldValueNotFound'],
  },
  {
    title: 'negative replicas',
    resource: 'deployments',
    object: workload({ replicas: -1 }),
    causes: ['spec.replicas: FieldValueInvalid'],
  },
  {
    title: 'a template that the selector does not match',
    resource: 'deployments',
    object: workload({ selector: { matchLabels: { app: 'other' } } }),
    causes: ['spec.template.metadata.labels: FieldValueInvalid'],
  },
  {
    title: 'a deployment without a selector',
    resource: 'deployments',
    object: workload({ selector: undefined }),
    causes: ['spec.selector: FieldValueRequired', 'spec.template.metadata.labels: FieldValueInvalid'],
  },
  {
    title: 'a selector that is empty',
    resource: 'deployments',
    object: workload({ selector: {} }),
    causes: ['spec.selector: FieldValueInvalid'],
  },
  {
    title: 'a template without containers',
    resource: 'deployments',
    object: workload({ template: { metadata: { labels }, spec: { containers: [] } } }),
    causes: ['spec.template.spec.containers: FieldValueRequired'],
  },
  {
    title: 'a template that does not restart',
    resource: 'deployments',
    object: workload({ template: { metadata: { labels }, spec: { containers: [server], restartPolicy: 'Never' } } }),
    causes: ['spec.template.spec.restartPolicy: FieldValueNotSupported'],
  },
  {
    title: 'no room to roll out',
    resource: 'deployments',
    object: workload({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    causes: ['spec.strategy.rollingUpdate.maxUnavailable: FieldValueInvalid'],
  },
  {
    title: 'a surge that is no percentage',
    resource: 'deployments',
    object: workload({ strategy: { rollingUpdate: { maxSurge: 'half' } } }),
    causes: ['spec.strategy.rollingUpdate.maxSurge: FieldValueInvalid'],
  },
  {
    title: 'a strategy that there is not',
    resource: 'deployments',
    object: workload({ strategy: { type: 'Canary' } }),
    causes: ['spec.strategy: FieldValueNotSupported'],
  },
  {
    title: 'recreating and rolling at once',
    resource: 'deployments',
    object: workload({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
    causes: ['spec.strategy.rollingUpdate: FieldValueForbidden'],
  },
  {
    title: 'a deadline before the pods can be ready',
    resource: 'deployments',
    object: workload({ progressDeadlineSeconds: 5, minReadySeconds: 10 }),
    causes: ['spec.progressDeadlineSeconds: FieldValueInvalid'],
  },
  {
    title: 'negative history',
    resource: 'deployments',
    object: workload({ revisionHistoryLimit: -1 }),
    causes: ['spec.revisionHistoryLimit: FieldValueInvalid'],
  },
  {
    title: 'two mistakes at once',
    resource: 'deployments',
    object: workload({ replicas: -1, minReadySeconds: -1 }),
    causes: ['spec.minReadySeconds: FieldValueInvalid', 'spec.replicas: FieldValueInvalid'],
  },
  {
    title: 'negative replicas',
    resource: 'replicasets',
    object: workload({ replicas: -1 }),
    causes: ['spec.replicas: FieldValueInvalid'],
  },
  {
    title: 'a template that the selector does not match',
    resource: 'replicasets',
    object: workload({ selector: { matchLabels: { app: 'other' } } }),
    causes: ['spec.template.metadata.labels: FieldValueInvalid'],
  },
  {
    title: 'a service without ports',
    resource: 'services',
    object: { metadata: { name: 'bad' }, spec: { selector: labels } },
    causes: ['spec.ports: FieldValueRequired'],
  },
  {
    title: 'a service port out of range',
    resource: 'services',
    object: { metadata: { name: 'bad' }, spec: { ports: [{ port: 0 }] } },
    causes: ['spec.ports[0].port: FieldValueInvalid', 'spec.ports[0].targetPort: FieldValueInvalid'],
  },
  {
    title: 'a service name that begins with a digit',
    resource: 'services',
    object: { metadata: { name: '1bad' }, spec: { ports: [{ port: 80 }] } },
    causes: ['metadata.name: FieldValueInvalid'],
  },
  {
    title: 'two service ports without names',
    resource: 'services',
    object: { metadata: { name: 'bad' }, spec: { ports: [{ port: 80 }, { port: 81 }] } },
    causes: ['spec.ports[0].name: FieldValueRequired', 'spec.ports[1].name: FieldValueRequired'],
  },
  {
    title: 'a lease of negative duration',
    resource: 'leases',
    object: { metadata: { name: 'bad' }, spec: { holderIdentity: 'a', leaseDurationSeconds: -1 } },
    causes: ['spec.leaseDurationSeconds: FieldValueInvalid'],
  },
  {
    title: 'a rule without verbs',
    resource: 'roles',
    object: { metadata: { name: 'bad' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: [] }] },
    causes: ['rules[0].verbs: FieldValueRequired'],
  },
  {
    title: 'a binding to no known kind of role',
    resource: 'rolebindings',
    object: { metadata: { name: 'bad' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'a' } },
    causes: ['roleRef.kind: FieldValueNotSupported'],
  },
];

/** A change that may not be made to an object that may be. */
interface ImmutableCase extends InvalidCase {
  readonly change: object;
}

export const immutable: readonly ImmutableCase[] = [
  {
    title: 'the selector of a deployment',
    resource: 'deployments',
    object: workload({ paused: true, replicas: 0 }),
    change: { spec: { selector: { matchLabels: { more: 'yes' } }, template: { metadata: { labels: { more: 'yes' } } } } },
    causes: ['spec.selector: FieldValueInvalid'],
  },
  {
    title: 'the selector of a replicaset',
    resource: 'replicasets',
    object: workload({ replicas: 0 }),
    change: { spec: { selector: { matchLabels: { more: 'yes' } }, template: { metadata: { labels: { more: 'yes' } } } } },
    causes: ['spec.selector: FieldValueInvalid'],
  },
  {
    title: 'the environment of a pod',
    resource: 'pods',
    object: pod({ schedulerName: 'none' }),
    change: { spec: { containers: [{ ...server, env: [{ name: 'A', value: '1' }] }] } },
    causes: ['spec: FieldValueForbidden'],
  },
  {
    title: 'the node of a pod',
    resource: 'pods',
    object: pod({ nodeName: 'worker-1' }),
    change: { spec: { nodeName: 'worker-2' } },
    causes: ['spec: FieldValueForbidden'],
  },
  {
    title: 'the data of an immutable config map',
    resource: 'configmaps',
    object: { metadata: { name: 'bad' }, immutable: true, data: { a: '1' } },
    change: { data: { a: '2' } },
    causes: ['data: FieldValueForbidden'],
  },
  {
    title: 'the role of a binding',
    resource: 'rolebindings',
    object: { metadata: { name: 'bad' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' } },
    change: { roleRef: { name: 'b' } },
    causes: ['roleRef: FieldValueInvalid'],
  },
];
