import { isDeepStrictEqual } from 'node:util';
import type { V1ReplicaSetSpec, V1ReplicaSetStatus } from '@kubernetes/client-node';
import type { KubeObject } from '../objects.js';
import { ageColumn, containerCells, countColumns, nameColumn, selectorCell, wideColumns } from '../tables/cells.js';
import { ageOf } from '../tables/duration.js';
import { checkNonNegative } from '../validation/numbers.js';
import { checkTemplate } from '../validation/pod-template.js';
import { selectorOf } from '../validation/selector.js';
import { defineKind, type Loose } from './kind.js';
import { setPodSpecDefaults } from './pod-template.js';

type ReplicaSet = KubeObject & { spec?: Loose<V1ReplicaSetSpec>; status?: Loose<V1ReplicaSetStatus> };

export const replicaSets = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  model: 'V1ReplicaSet',
  nameRule: 'subdomain',
  subresources: { status: true, scale: true },
  hasGeneration: true,
  setDefaults: (replicaSet) => {
    const spec = (replicaSet.spec ??= {});
    spec.replicas ??= 1;
    spec.template ??= {};
    setPodSpecDefaults((spec.template.spec ??= {}));
  },
  prepareCreate: (replicaSet) => {
    replicaSet.status = { replicas: 0 };
  },
  selectableFields: {
    names: ['status.replicas'],
    of: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  },
  validate: ({ spec = {} }, errors, current) => {
    checkNonNegative(spec.replicas, 'spec.replicas', errors);
    checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
    checkTemplate(spec.template, spec.selector, 'ReplicaSet', errors);
    if (current !== undefined && !isDeepStrictEqual(spec.selector, current.spec?.selector)) {
      errors.invalid('spec.selector', spec.selector, 'field is immutable');
    }
  },
  columns: [
    nameColumn,
    ...countColumns('Desired', 'Current', 'Ready'),
    ageColumn,
    ...wideColumns('Containers', 'Images', 'Selector'),
  ],
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '',
    spec?.replicas ?? 0,
    status?.replicas ?? 0,
    status?.readyReplicas ?? 0,
    ageOf(metadata.creationTimestamp, nowMs),
    ...containerCells(spec?.template?.spec?.containers),
    selectorCell(selectorOf(spec?.selector)),
  ],
});
