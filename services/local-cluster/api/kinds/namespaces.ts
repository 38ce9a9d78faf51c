import type { V1NamespaceSpec, V1NamespaceStatus } from '@kubernetes/client-node';
import type { KubeObject } from '../objects.js';
import { ageColumn, nameColumn, textColumns } from '../tables/cells.js';
import { ageOf } from '../tables/duration.js';
import { defineKind, type Loose } from './kind.js';

type Namespace = KubeObject & { spec?: Loose<V1NamespaceSpec>; status?: Loose<V1NamespaceStatus> };

/** Of a namespace's own spec: kept until its contents are gone. */
export const CONTENT_FINALIZER = 'kubernetes';

export const namespaces = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  namespaced: false,
  model: 'V1Namespace',
  nameRule: 'label',
  subresources: { status: true, others: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }] },
  returnsDeleted: true,
  setDefaults: ({ metadata }) => {
    if (metadata.name !== undefined) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  },
  prepareCreate: (namespace) => {
    namespace.spec = { finalizers: [CONTENT_FINALIZER] };
    namespace.status = { phase: 'Active' };
  },
  prepareUpdate: (next, current) => {
    next.spec = current.spec ?? {};
  },
  selectableFields: { names: ['status.phase'], of: ({ status }) => ({ 'status.phase': status?.phase ?? '' }) },
  columns: [nameColumn, ...textColumns('Status'), ageColumn],
  row: ({ metadata, status }, nowMs) => [metadata.name ?? '', status?.phase ?? '', ageOf(metadata.creationTimestamp, nowMs)],
});
