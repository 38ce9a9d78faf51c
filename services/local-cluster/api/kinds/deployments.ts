import { isDeepStrictEqual } from 'node:util';
import type { V1DeploymentSpec, V1DeploymentStatus } from '@kubernetes/client-node';
import type { KubeObject } from '../objects.js';
import { ageColumn, containerCells, nameColumn, selectorCell, textColumns, wideColumns } from '../tables/cells.js';
import { ageOf } from '../tables/duration.js';
import type { FieldErrors } from '../validation/field-error.js';
import { checkNonNegative } from '../validation/numbers.js';
import { checkTemplate } from '../validation/pod-template.js';
import { selectorOf } from '../validation/selector.js';
import { defineKind, type Loose } from './kind.js';
import { setPodSpecDefaults } from './pod-template.js';

type DeploymentSpec = Loose<V1DeploymentSpec>;
type Deployment = KubeObject & { spec?: DeploymentSpec; status?: Loose<V1DeploymentStatus> };

export const deployments = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  model: 'V1Deployment',
  nameRule: 'subdomain',
  subresources: { status: true, scale: true },
  hasGeneration: true,
  setDefaults,
  validate,
  columns: [
    nameColumn,
    ...textColumns('Ready', 'Up-to-date', 'Available'),
    ageColumn,
    ...wideColumns('Containers', 'Images', 'Selector'),
  ],
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '',
    `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    status?.updatedReplicas ?? 0,
    status?.availableReplicas ?? 0,
    ageOf(metadata.creationTimestamp, nowMs),
    ...containerCells(spec?.template?.spec?.containers),
    selectorCell(selectorOf(spec?.selector)),
  ],
});

function setDefaults(deployment: Deployment): void {
  const spec = (deployment.spec ??= {});
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  const strategy = (spec.strategy ??= {});
  strategy.type ??= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= '25%';
    strategy.rollingUpdate.maxSurge ??= '25%';
  }
  spec.template ??= {};
  setPodSpecDefaults((spec.template.spec ??= {}));
}

function validate(deployment: Deployment, errors: FieldErrors, current: Deployment | undefined): void {
  const { spec = {} } = deployment;
  checkNonNegative(spec.replicas, 'spec.replicas', errors);
  checkTemplate(spec.template, spec.selector, 'deployment', errors);
  checkStrategy(spec.strategy ?? {}, errors);
  checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  checkNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors);
  checkNonNegative(spec.progressDeadlineSeconds, 'spec.progressDeadlineSeconds', errors);
  if ((spec.progressDeadlineSeconds ?? 0) <= (spec.minReadySeconds ?? 0)) {
    errors.invalid('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds, 'must be greater than minReadySeconds');
  }
  if (current !== undefined && !isDeepStrictEqual(spec.selector, current.spec?.selector)) {
    errors.invalid('spec.selector', spec.selector, 'field is immutable');
  }
}

function checkStrategy(strategy: NonNullable<DeploymentSpec['strategy']>, errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy;
  if (type === 'Recreate') {
    if (rollingUpdate !== undefined) {
      errors.forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'");
    }
    return;
  }
  if (type !== 'RollingUpdate') {
    // The value is shown as the server's own struct.
    errors.notSupported('spec.strategy', { Type: type, RollingUpdate: rollingUpdate ?? null }, ['Recreate', 'RollingUpdate']);
    return;
  }
  const { maxUnavailable, maxSurge } = rollingUpdate ?? {};
  checkShare(maxUnavailable, 'spec.strategy.rollingUpdate.maxUnavailable', errors);
  checkShare(maxSurge, 'spec.strategy.rollingUpdate.maxSurge', errors);
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    errors.invalid('spec.strategy.rollingUpdate.maxUnavailable', maxUnavailable, 'may not be 0 when `maxSurge` is 0');
  }
  if (typeof maxUnavailable === 'string' && Number.parseInt(maxUnavailable, 10) > 100) {
    errors.invalid('spec.strategy.rollingUpdate.maxUnavailable', maxUnavailable, 'must not be greater than 100%');
  }
}

function checkShare(value: number | string | undefined, field: string, errors: FieldErrors): void {
  if (typeof value === 'number') checkNonNegative(value, field, errors);
  else if (value !== undefined && !/^\d+%$/.test(value)) {
    errors.invalid(
      field,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    );
  }
}

function isZero(value: number | string | undefined): boolean {
  return value === 0 || value === '0%';
}
