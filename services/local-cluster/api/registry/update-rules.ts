import { isDeepStrictEqual } from 'node:util';
import type { Kind } from '../kinds/kind.js';
import { fieldOf, type KubeObject } from '../objects.js';
import { badRequest, conflict, invalid, modifiedMeanwhile, type StatusError } from '../status-error.js';
import { FieldErrors } from '../validation/field-error.js';
import { checkMetadata, checkMetadataUpdate } from '../validation/metadata.js';

const serverFields = [
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'resourceVersion',
  'generateName',
] as const;

/**
 * Checks that a proposed object is a new state of the current one: same name and namespace, same uid if it names one, and not based
 * on an older resource version.
 * @param isPatch a patch that names another uid is invalid; a replacement that does so has met another object than it expects
 * @throws StatusError 400, 409 or 422
 */
export function checkIdentity(kind: Kind, proposed: KubeObject, current: KubeObject, isPatch: boolean): void {
  const { name = '', uid, resourceVersion = '' } = proposed.metadata;
  const currentName = current.metadata.name ?? '';
  if (name !== currentName)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${currentName})`);
  const namespace = proposed.metadata.namespace ?? current.metadata.namespace;
  if (namespace !== current.metadata.namespace) {
    throw badRequest(
      `the namespace of the object (${namespace ?? ''}) does not match the namespace on the URL (${current.metadata.namespace ?? ''})`,
    );
  }
  if (uid !== undefined && uid !== current.metadata.uid) {
    if (isPatch) throw invalidField(kind, name, (errors) => errors.invalid('metadata.uid', uid, 'field is immutable'));
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid ?? ''}`;
    throw conflict(kind, name, why);
  }
  if (resourceVersion === '' && kind.needsVersionToUpdate === true) {
    const resource = { group: kind.group, kind: kind.plural };
    throw invalidField(resource, name, (errors) =>
      errors.invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
    );
  }
  const isStale = resourceVersion !== '' && resourceVersion !== '0' && resourceVersion !== current.metadata.resourceVersion;
  if (isStale) throw modifiedMeanwhile(kind, name);
}

function invalidField(kind: Pick<Kind, 'group' | 'kind'>, name: string, report: (errors: FieldErrors) => void): StatusError {
  const errors = new FieldErrors();
  report(errors);
  return invalid(kind, name, errors.list);
}

/** What only the server sets stays as it is, whatever the client sent. */
export function keepServerFields(next: KubeObject, current: KubeObject): void {
  for (const field of serverFields) {
    if (current.metadata[field] === undefined) Reflect.deleteProperty(next.metadata, field);
    else Reflect.set(next.metadata, field, current.metadata[field]);
  }
}

/** A changed spec is a new generation. */
export function countGeneration(kind: Kind, next: KubeObject, current: KubeObject): void {
  if (kind.hasGeneration !== true || next.metadata.generation === undefined) return;
  if (!isDeepStrictEqual(fieldOf(next, 'spec'), fieldOf(current, 'spec'))) next.metadata.generation += 1;
}

/** @throws StatusError 422 with everything that is wrong with the object, or with what it does to the current one */
export function validate(kind: Kind, object: KubeObject, current: KubeObject | undefined): void {
  const errors = new FieldErrors();
  checkMetadata(object.metadata, kind, errors);
  if (current !== undefined) checkMetadataUpdate(object.metadata, current.metadata, errors);
  kind.validate?.(object, errors, current);
  if (errors.list.length > 0) throw invalid(kind, object.metadata.name ?? '', errors.list);
}
