import type { V1LeaseSpec } from '@kubernetes/client-node';
import type { KubeObject } from '../objects.js';
import { ageColumn, nameColumn, textColumns } from '../tables/cells.js';
import { ageOf } from '../tables/duration.js';
import { defineKind, type Loose } from './kind.js';

type Lease = KubeObject & { spec?: Loose<V1LeaseSpec> };

export const leases = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  namespaced: true,
  model: 'V1Lease',
  nameRule: 'subdomain',
  // Two candidates must never both believe that they wrote last.
  needsVersionToUpdate: true,
  createsOnUpdate: true,
  setDefaults: (lease) => {
    lease.spec ??= {};
  },
  validate: ({ spec }, errors) => {
    if (spec?.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0) {
      errors.invalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0');
    }
    if (spec?.leaseTransitions !== undefined && spec.leaseTransitions < 0) {
      errors.invalid('spec.leaseTransitions', spec.leaseTransitions, 'must be greater than or equal to 0');
    }
  },
  columns: [nameColumn, ...textColumns('Holder'), ageColumn],
  row: ({ metadata, spec }, nowMs) => [metadata.name ?? '', spec?.holderIdentity ?? '', ageOf(metadata.creationTimestamp, nowMs)],
});
