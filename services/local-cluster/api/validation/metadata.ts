import type { Kind } from '../kinds/kind.js';
import type { ObjectMeta } from '../objects.js';
import type { FieldErrors } from './field-error.js';
import { checkLabels, nameProblems, qualifiedNameProblems } from './names.js';

const ANNOTATIONS_LIMIT_BYTES = 256 * 1024;
const LONGEST_GENERATED_BASE = 58;
const plainFinalizers = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

/** Checks what every object has. */
export function checkMetadata(meta: ObjectMeta, kind: Kind, errors: FieldErrors): void {
  checkObjectName(meta, kind, errors);
  checkLabels(meta.labels, 'metadata.labels', errors);
  checkAnnotations(meta.annotations ?? {}, errors);
  for (const owner of meta.ownerReferences ?? []) {
    const field = 'metadata.ownerReferences';
    for (const part of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if ((owner[part] as string | undefined) !== undefined) continue;
      errors.invalid(`${field}.${part}`, '', part === 'apiVersion' ? 'version must not be empty' : 'must not be empty');
    }
  }
  const controllers = (meta.ownerReferences ?? []).filter((owner) => owner.controller === true);
  if (controllers.length > 1) {
    const names = controllers.map(({ kind: ownerKind, name }) => `${ownerKind}/${name}`).join(' and ');
    const text = `Only one reference can have Controller set to true. Found "true" in references for ${names}`;
    errors.invalid('metadata.ownerReferences', meta.ownerReferences, text);
  }
  checkFinalizers(meta.finalizers ?? [], errors);
}

function checkObjectName(meta: ObjectMeta, kind: Kind, errors: FieldErrors): void {
  const { name = '', generateName = '' } = meta;
  if (generateName !== '') {
    // The suffix will end the name, so a trailing dash or dot is no fault.
    const stem = generateName.slice(0, LONGEST_GENERATED_BASE).replace(/[-.]$/, 'a');
    for (const problem of nameProblems(stem, kind.nameRule)) errors.invalid('metadata.generateName', generateName, problem);
  }
  if (name === '') {
    errors.required('metadata.name', 'name or generateName is required');
    return;
  }
  for (const problem of nameProblems(name, kind.nameRule)) errors.invalid('metadata.name', name, problem);
}

function checkAnnotations(annotations: Readonly<Record<string, string>>, errors: FieldErrors): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    // Unlike labels, annotation keys may be written with capitals in the prefix.
    for (const problem of qualifiedNameProblems(key.toLowerCase())) errors.invalid('metadata.annotations', key, problem);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > ANNOTATIONS_LIMIT_BYTES) errors.tooLong('metadata.annotations', ANNOTATIONS_LIMIT_BYTES);
}

function checkFinalizers(finalizers: readonly string[], errors: FieldErrors): void {
  for (const finalizer of finalizers) {
    for (const problem of qualifiedNameProblems(finalizer)) errors.invalid('metadata.finalizers', finalizer, problem);
  }
  for (const [index, finalizer] of finalizers.entries()) {
    if (finalizer.includes('/') || plainFinalizers.has(finalizer)) continue;
    const text = 'name is neither a standard finalizer name nor is it fully qualified';
    errors.invalid(`metadata.finalizers[${index}]`, finalizer, text);
  }
}

/** Checks what an update does to the metadata: the identity of an object never changes, and a dying object gains no finalizers. */
export function checkMetadataUpdate(next: ObjectMeta, current: ObjectMeta, errors: FieldErrors): void {
  if (next.name !== current.name) errors.invalid('metadata.name', next.name, 'field is immutable');
  if (current.deletionTimestamp === undefined) return;
  const added = (next.finalizers ?? []).filter((finalizer) => current.finalizers?.includes(finalizer) !== true);
  if (added.length === 0) return;
  const shown = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  errors.forbidden(
    'metadata.finalizers',
    `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
  );
}
