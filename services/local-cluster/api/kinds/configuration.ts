import { isDeepStrictEqual } from 'node:util';
import type { V1ConfigMap, V1Secret, V1ServiceAccount } from '@kubernetes/client-node';
import { fieldOf, type KubeObject } from '../objects.js';
import { ageColumn, nameColumn, textColumns } from '../tables/cells.js';
import { ageOf } from '../tables/duration.js';
import { defineKind, type Loose } from './kind.js';
import type { FieldErrors } from '../validation/field-error.js';

type ConfigMap = KubeObject & Omit<Loose<V1ConfigMap>, keyof KubeObject>;
type Secret = KubeObject & Omit<Loose<V1Secret>, keyof KubeObject>;
type ServiceAccount = KubeObject & Omit<Loose<V1ServiceAccount>, keyof KubeObject>;

const dataKeyPattern = /^[-._a-zA-Z0-9]+$/;

export const configMaps = defineKind<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  namespaced: true,
  model: 'V1ConfigMap',
  nameRule: 'subdomain',
  validate: (next, errors, current) => {
    checkDataKeys(next.data, 'data', errors);
    checkDataKeys(next.binaryData, 'binaryData', errors);
    checkImmutable(next, current, ['data', 'binaryData'], errors);
  },
  columns: [nameColumn, ...textColumns('Data'), ageColumn],
  row: ({ metadata, data, binaryData }, nowMs) => [
    metadata.name ?? '',
    Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    ageOf(metadata.creationTimestamp, nowMs),
  ],
});

export const secrets = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  namespaced: true,
  model: 'V1Secret',
  nameRule: 'subdomain',
  setDefaults: (secret) => {
    secret.type ??= 'Opaque';
    // The readable form is for writing only.
    for (const [key, text] of Object.entries(secret.stringData ?? {})) {
      secret.data = { ...secret.data, [key]: Buffer.from(text).toString('base64') };
    }
    delete secret.stringData;
  },
  validate: (next, errors, current) => {
    checkDataKeys(next.data, 'data', errors);
    if (current !== undefined && next.type !== current.type) errors.invalid('type', next.type, 'field is immutable');
    checkImmutable(next, current, ['data'], errors);
  },
  selectableFields: { names: ['type'], of: ({ type }) => ({ type: type ?? '' }) },
  columns: [nameColumn, ...textColumns('Type', 'Data'), ageColumn],
  row: ({ metadata, type, data }, nowMs) => [
    metadata.name ?? '',
    type ?? '',
    Object.keys(data ?? {}).length,
    ageOf(metadata.creationTimestamp, nowMs),
  ],
});

export const serviceAccounts = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  namespaced: true,
  model: 'V1ServiceAccount',
  nameRule: 'subdomain',
  returnsDeleted: true,
  columns: [nameColumn, ...textColumns('Secrets'), ageColumn],
  row: ({ metadata, secrets: held }, nowMs) => [metadata.name ?? '', held?.length ?? 0, ageOf(metadata.creationTimestamp, nowMs)],
});

type Immutable = { immutable?: boolean } & KubeObject;

function checkImmutable(next: Immutable, current: Immutable | undefined, fields: readonly string[], errors: FieldErrors): void {
  if (current?.immutable !== true) return;
  const text = 'field is immutable when `immutable` is set';
  if (next.immutable !== true) errors.forbidden('immutable', text);
  for (const field of fields) {
    if (!isDeepStrictEqual(fieldOf(next, field), fieldOf(current, field))) errors.forbidden(field, text);
  }
}

function checkDataKeys(data: Readonly<Record<string, unknown>> | undefined, field: string, errors: FieldErrors): void {
  for (const key of Object.keys(data ?? {})) {
    if (dataKeyPattern.test(key)) continue;
    errors.invalid(
      `${field}[${key}]`,
      key,
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    );
  }
}
