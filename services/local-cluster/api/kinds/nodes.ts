import type { V1NodeSpec, V1NodeStatus } from '@kubernetes/client-node';
import type { KubeObject } from '../objects.js';
import { ageColumn, nameColumn, textColumns, wideColumns } from '../tables/cells.js';
import { ageOf } from '../tables/duration.js';
import { checkAmounts } from '../validation/resources.js';
import { qualifiedNameProblems } from '../validation/names.js';
import { checkChoice } from '../validation/numbers.js';
import { defineKind, type Loose } from './kind.js';

type Node = KubeObject & { spec?: Loose<V1NodeSpec>; status?: Loose<V1NodeStatus> };

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
const ROLE_PREFIX = 'node-role.kubernetes.io/';

export const nodes = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  model: 'V1Node',
  nameRule: 'subdomain',
  subresources: { status: true },
  setDefaults: (node) => {
    node.spec ??= {};
    // What is not held back from pods is there for them.
    if (node.status?.capacity !== undefined) node.status.allocatable ??= { ...node.status.capacity };
  },
  // The status stays: a kubelet registers its node with it. No pod comes until the controllers have found the node ready.
  prepareCreate: (node) => {
    const spec = (node.spec ??= {});
    const isMarked = (spec.taints ?? []).some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect);
    if (!isMarked) spec.taints = [...(spec.taints ?? []), { ...NOT_READY }];
  },
  validate: ({ spec, status }, errors) => {
    for (const [index, { key, effect }] of (spec?.taints ?? []).entries()) {
      const at = `metadata.taints[${index}]`;
      for (const problem of qualifiedNameProblems(key ?? '')) errors.invalid(`${at}.key`, key ?? '', problem);
      checkChoice(effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'], `${at}.effect`, errors);
    }
    checkAmounts(status?.capacity, 'status.capacity', errors);
    checkAmounts(status?.allocatable, 'status.allocatable', errors);
  },
  selectableFields: {
    names: ['spec.unschedulable'],
    of: ({ spec }) => ({ 'spec.unschedulable': String(spec?.unschedulable ?? false) }),
  },
  columns: [
    nameColumn,
    ...textColumns('Status', 'Roles'),
    ageColumn,
    ...textColumns('Version'),
    ...wideColumns('Internal-IP', 'External-IP', 'OS-Image', 'Kernel-Version', 'Container-Runtime'),
  ],
  row: (node, nowMs) => {
    const info = node.status?.nodeInfo;
    return [
      node.metadata.name ?? '',
      nodeStatusText(node),
      nodeRoles(node),
      ageOf(node.metadata.creationTimestamp, nowMs),
      info?.kubeletVersion ?? '',
      addressOf(node, 'InternalIP'),
      addressOf(node, 'ExternalIP'),
      info?.osImage ?? '<unknown>',
      info?.kernelVersion ?? '<unknown>',
      info?.containerRuntimeVersion ?? '<unknown>',
    ];
  },
});

function nodeStatusText({ spec, status }: Node): string {
  const ready = (status?.conditions ?? []).find(({ type }) => type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function nodeRoles({ metadata }: Node): string {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return key.slice(ROLE_PREFIX.length);
    return key === 'kubernetes.io/role' && value !== '' ? value : [];
  });
  return roles.length === 0 ? '<none>' : [...new Set(roles)].sort().join(',');
}

function addressOf({ status }: Node, type: string): string {
  return (status?.addresses ?? []).find((address) => address.type === type)?.address ?? '<none>';
}
