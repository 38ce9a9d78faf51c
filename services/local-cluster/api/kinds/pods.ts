import { isDeepStrictEqual } from 'node:util';
import type { V1Pod } from '@kubernetes/client-node';
import type { KubeObject } from '../objects.js';
import { ageColumn, nameColumn, textColumns, wideColumns } from '../tables/cells.js';
import { ageOf } from '../tables/duration.js';
import { podReadiness, podRestarts, podStatusText } from '../tables/pod-status.js';
import type { FieldErrors } from '../validation/field-error.js';
import { checkPodSpec } from '../validation/pod-spec.js';
import { defineKind, type Loose } from './kind.js';
import { setPodSpecDefaults, type PodSpec } from './pod-template.js';
import { qosClassOf } from './qos-class.js';

export type Pod = KubeObject & { spec?: PodSpec; status?: Loose<NonNullable<V1Pod['status']>> };

export const pods = defineKind<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  model: 'V1Pod',
  nameRule: 'subdomain',
  subresources: {
    status: true,
    others: [
      { name: 'binding', kind: 'Binding', verbs: ['create'] },
      { name: 'eviction', kind: 'Eviction', verbs: ['create'], group: 'policy', version: 'v1' },
      { name: 'log', kind: 'Pod', verbs: ['get'] },
    ],
  },
  hasGeneration: true,
  returnsDeleted: true,
  setDefaults,
  prepareCreate: (pod) => {
    const spec = (pod.spec ??= {});
    spec.priority ??= 0;
    spec.preemptionPolicy ??= 'PreemptLowerPriority';
    addTolerations(spec);
    pod.status = { phase: 'Pending', qosClass: qosClassOf(spec) };
  },
  prepareUpdate: ({ spec }) => addTolerations(spec ?? {}),
  validate: (pod, errors, current) => {
    checkPodSpec(pod.spec ?? {}, 'spec', errors);
    if (current !== undefined) checkPodUpdate(pod.spec ?? {}, current.spec ?? {}, errors);
  },
  selectableFields: {
    names: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ],
    of: ({ spec, status }) => ({
      'spec.nodeName': spec?.nodeName ?? '',
      'spec.restartPolicy': spec?.restartPolicy ?? '',
      'spec.schedulerName': spec?.schedulerName ?? '',
      'spec.serviceAccountName': spec?.serviceAccountName ?? '',
      'status.phase': status?.phase ?? '',
      'status.podIP': status?.podIP ?? '',
      'status.nominatedNodeName': status?.nominatedNodeName ?? '',
    }),
  },
  columns: [
    nameColumn,
    ...textColumns('Ready', 'Status', 'Restarts'),
    ageColumn,
    ...wideColumns('IP', 'Node', 'Nominated Node', 'Readiness Gates'),
  ],
  row: (pod, nowMs) => [
    pod.metadata.name ?? '',
    podReadiness(pod),
    podStatusText(pod),
    podRestarts(pod, nowMs),
    ageOf(pod.metadata.creationTimestamp, nowMs),
    pod.status?.podIP ?? '<none>',
    pod.spec?.nodeName ?? '<none>',
    pod.status?.nominatedNodeName ?? '<none>',
    readinessGates(pod),
  ],
});

function setDefaults(pod: Pod): void {
  const spec = (pod.spec ??= {});
  setPodSpecDefaults(spec);
  spec.enableServiceLinks ??= true;
  // Of a pod, unlike of a template: what is limited and not requested is requested at its limit.
  for (const { resources } of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    if (resources?.limits !== undefined) resources.requests = { ...resources.limits, ...resources.requests };
  }
}

// What the admission plugin DefaultTolerationSeconds adds, at every write.
function addTolerations(spec: PodSpec): void {
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const isTolerated = (spec.tolerations ?? []).some(
      (toleration) =>
        (toleration.key === undefined || toleration.key === key) && (toleration.effect ?? 'NoExecute') === 'NoExecute',
    );
    if (isTolerated) continue;
    spec.tolerations = [...(spec.tolerations ?? []), { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }];
  }
}

function checkPodUpdate(next: PodSpec, current: PodSpec, errors: FieldErrors): void {
  if (isDeepStrictEqual(fixedPart(next), fixedPart(current)) && keepsTolerations(next, current)) return;
  errors.forbidden(
    'spec',
    'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
  );
}

function fixedPart(spec: PodSpec): object {
  const withoutImages = (containers: PodSpec['containers']): object[] =>
    (containers ?? []).map((container) => ({ ...container, image: '' }));
  return {
    ...spec,
    containers: withoutImages(spec.containers),
    initContainers: withoutImages(spec.initContainers),
    activeDeadlineSeconds: 0,
    tolerations: [],
  };
}

function keepsTolerations(next: PodSpec, current: PodSpec): boolean {
  return (current.tolerations ?? []).every((old) => (next.tolerations ?? []).some((one) => isDeepStrictEqual(one, old)));
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const passed = gates.filter(({ conditionType }) =>
    (status?.conditions ?? []).some(({ type, status: value }) => type === conditionType && value === 'True'),
  );
  return `${passed.length}/${gates.length}`;
}
