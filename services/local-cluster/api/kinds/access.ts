import { isDeepStrictEqual } from 'node:util';
import type { RbacV1Subject, V1PolicyRule, V1RoleRef } from '@kubernetes/client-node';
import type { KubeObject } from '../objects.js';
import { ageColumn, nameColumn, textColumns, wideColumns } from '../tables/cells.js';
import { ageOf } from '../tables/duration.js';
import type { FieldErrors } from '../validation/field-error.js';
import { defineKind, type Kind, type Loose } from './kind.js';

// Roles are stored and shown, not enforced: whoever holds the kubeconfig of an embedded cluster may do everything.

type Role = KubeObject & { rules?: Loose<V1PolicyRule>[] };
type Binding = KubeObject & { roleRef?: Loose<V1RoleRef>; subjects?: Loose<RbacV1Subject>[] };

const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** What all of them have in common. */
function rbacKind(kind: string, namespaced: boolean) {
  return {
    group: RBAC_GROUP,
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    namespaced,
    model: `V1${kind}`,
    nameRule: 'pathSegment',
    createsOnUpdate: true,
  } as const;
}

function roleKind(kind: string, namespaced: boolean): Kind {
  return defineKind<Role>({
    ...rbacKind(kind, namespaced),
    validate: ({ rules = [] }, errors) => {
      for (const [index, { verbs, resources, nonResourceURLs, apiGroups }] of rules.entries()) {
        const at = `rules[${index}]`;
        if (verbs === undefined) errors.required(`${at}.verbs`, 'verbs must contain at least one value');
        if (nonResourceURLs !== undefined) continue;
        if (apiGroups === undefined) errors.required(`${at}.apiGroups`, 'resource rules must supply at least one api group');
        if (resources === undefined) errors.required(`${at}.resources`, 'resource rules must supply at least one resource');
      }
    },
    columns: [nameColumn, { name: 'Created At', type: 'date' }],
    row: ({ metadata }) => [metadata.name ?? '', metadata.creationTimestamp ?? ''],
  });
}

function bindingKind(kind: string, namespaced: boolean): Kind {
  return defineKind<Binding>({
    ...rbacKind(kind, namespaced),
    setDefaults: ({ roleRef, subjects = [] }) => {
      if (roleRef !== undefined) roleRef.apiGroup ??= RBAC_GROUP;
      for (const subject of subjects) if (subject.kind !== 'ServiceAccount') subject.apiGroup ??= RBAC_GROUP;
    },
    validate: (binding, errors, current) => validateBinding(binding, errors, current, namespaced),
    columns: [nameColumn, ...textColumns('Role'), ageColumn, ...wideColumns('Users', 'Groups', 'ServiceAccounts')],
    row: ({ metadata, roleRef, subjects = [] }, nowMs) => [
      metadata.name ?? '',
      `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`,
      ageOf(metadata.creationTimestamp, nowMs),
      subjectNames(subjects, 'User'),
      subjectNames(subjects, 'Group'),
      subjectNames(subjects, 'ServiceAccount'),
    ],
  });
}

function validateBinding(
  { roleRef, subjects = [] }: Binding,
  errors: FieldErrors,
  current: Binding | undefined,
  isNamespaced: boolean,
): void {
  if (!['Role', 'ClusterRole'].includes(roleRef?.kind ?? ''))
    errors.notSupported('roleRef.kind', roleRef?.kind ?? '', ['Role', 'ClusterRole']);
  if (roleRef?.name === undefined) errors.required('roleRef.name');
  for (const [index, { kind, name, namespace }] of subjects.entries()) {
    const at = `subjects[${index}]`;
    if (name === undefined) errors.required(`${at}.name`);
    if (kind === 'ServiceAccount' && namespace === undefined && !isNamespaced) errors.required(`${at}.namespace`);
    if (!['ServiceAccount', 'User', 'Group'].includes(kind ?? '')) {
      errors.notSupported(`${at}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group']);
    }
  }
  if (current !== undefined && !isDeepStrictEqual(roleRef, current.roleRef)) {
    errors.invalid('roleRef', roleRef, 'cannot change roleRef');
  }
}

function subjectNames(subjects: readonly Loose<RbacV1Subject>[], kind: string): string {
  return subjects
    .filter((subject) => subject.kind === kind)
    .map(({ namespace, name = '' }) => (namespace === undefined ? name : `${namespace}/${name}`))
    .join(', ');
}

export const roles = roleKind('Role', true);
export const clusterRoles = roleKind('ClusterRole', false);
export const roleBindings = bindingKind('RoleBinding', true);
export const clusterRoleBindings = bindingKind('ClusterRoleBinding', false);
