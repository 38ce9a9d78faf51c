import { isLooseObject } from '../objects.js';
import type { DeleteOptions } from '../registry/deletion.js';
import { badRequest, invalid } from '../status-error.js';
import { FieldErrors } from '../validation/field-error.js';

const policies = ['Foreground', 'Background', 'Orphan'] as const;

/**
 * The options of a deletion: the body, or the query where there is no body.
 * @throws StatusError 400 or 422
 */
export function parseDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  if (!isLooseObject(body)) throw badRequest('the body of a deletion must be DeleteOptions');
  const grace = body['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined;
  const orphan = body['orphanDependents'] ?? query.get('orphanDependents') ?? undefined;
  const policy = body['propagationPolicy'] ?? query.get('propagationPolicy') ?? undefined;
  const dryRun = body['dryRun'] ?? query.getAll('dryRun');
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: seconds(grace) }),
    ...(policy === undefined && orphan === undefined ? {} : { propagationPolicy: policyOf(policy, orphan) }),
    ...(isLooseObject(body['preconditions']) ? { preconditions: preconditionsOf(body['preconditions']) } : {}),
    dryRun: Array.isArray(dryRun) && dryRun.length > 0,
  };
}

function seconds(value: unknown): number {
  const number = Number(value);
  if (Number.isInteger(number)) return number;
  throw badRequest(`gracePeriodSeconds: ${JSON.stringify(value)} is not a whole number of seconds`);
}

function policyOf(policy: unknown, orphan: unknown): NonNullable<DeleteOptions['propagationPolicy']> {
  const errors = new FieldErrors();
  if (policy !== undefined && orphan !== undefined) {
    errors.invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set');
  } else if (policy === undefined) {
    return String(orphan) === 'true' ? 'Orphan' : 'Background';
  }
  const found = policies.find((one) => one === policy);
  if (found === undefined) errors.notSupported('propagationPolicy', policy, [...policies, 'nil']);
  if (found === undefined || errors.list.length > 0)
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors.list);
  return found;
}

function preconditionsOf(value: Record<string, unknown>): NonNullable<DeleteOptions['preconditions']> {
  const { uid, resourceVersion } = value;
  return {
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  };
}
