import type { V1ResourceRequirements } from '@kubernetes/client-node';
import type { Loose } from '../kinds/kind.js';
import { isWholeQuantity, parseQuantity, type Quantity } from '../schema/quantity.js';
import type { FieldErrors } from './field-error.js';
import { qualifiedNameProblems } from './names.js';

type ResourceMap = Readonly<Record<string, string>>;

const nativeResources = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods']);

/** GPUs and the like: named under a vendor's domain, whole numbers, never overcommitted. */
function isExtended(resource: string): boolean {
  return resource.includes('/') && !resource.startsWith('kubernetes.io/') && !resource.startsWith('requests.');
}

function isOvercommittable(resource: string): boolean {
  return !isExtended(resource) && !resource.startsWith('hugepages-');
}

/** Checks the amounts of a node's capacity. */
export function checkAmounts(resources: ResourceMap | undefined, field: string, errors: FieldErrors): void {
  for (const [resource, text] of Object.entries(resources ?? {})) {
    const amount = parseQuantity(text);
    if (amount !== undefined) checkAmount(resource, text, amount, `${field}.${resource}`, errors);
  }
}

function checkResourceList(resources: ResourceMap, field: string, errors: FieldErrors): void {
  for (const [resource, text] of Object.entries(resources)) {
    const at = `${field}[${resource}]`;
    for (const problem of qualifiedNameProblems(resource)) errors.invalid(at, resource, problem);
    const amount = parseQuantity(text);
    if (amount !== undefined) checkAmount(resource, text, amount, at, errors);
  }
}

function checkAmount(resource: string, text: string, amount: Quantity, at: string, errors: FieldErrors): void {
  if (amount.nanos < 0n) errors.invalid(at, text, 'must be greater than or equal to 0');
  else if ((isExtended(resource) || resource === 'pods') && !isWholeQuantity(amount))
    errors.invalid(at, text, 'must be an integer');
}

/** Checks requests and limits of a container. */
export function checkResources(resources: Loose<V1ResourceRequirements> | undefined, field: string, errors: FieldErrors): void {
  const limits: ResourceMap = resources?.limits ?? {};
  const requests: ResourceMap = resources?.requests ?? {};
  for (const [kind, list] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    checkContainerResourceNames(list, `${field}.${kind}`, errors);
    checkResourceList(list, `${field}.${kind}`, errors);
  }
  for (const [resource, request] of Object.entries(requests)) checkRequest(resource, request, limits[resource], field, errors);
}

function checkContainerResourceNames(list: ResourceMap, field: string, errors: FieldErrors): void {
  for (const resource of Object.keys(list)) {
    if (nativeResources.has(resource) || resource.includes('/') || resource.startsWith('hugepages-')) continue;
    if (qualifiedNameProblems(resource).length > 0) continue;
    errors.invalid(`${field}[${resource}]`, resource, 'must be a standard resource type or fully qualified');
    errors.invalid(`${field}[${resource}]`, resource, 'must be a standard resource for containers');
  }
}

function checkRequest(resource: string, request: string, limit: string | undefined, field: string, errors: FieldErrors): void {
  const requested = parseQuantity(request);
  const limited = limit === undefined ? undefined : parseQuantity(limit);
  if (requested === undefined) return;
  if (limited === undefined) {
    if (!isOvercommittable(resource)) errors.required(`${field}.limits`, 'Limit must be set for non overcommitable resources');
    return;
  }
  if (requested.nanos === limited.nanos) return;
  if (!isOvercommittable(resource))
    errors.invalid(`${field}.requests`, request, `must be equal to ${resource} limit of ${limit ?? ''}`);
  else if (requested.nanos > limited.nanos) {
    errors.invalid(`${field}.requests`, request, `must be less than or equal to ${resource} limit of ${limit ?? ''}`);
  }
}
