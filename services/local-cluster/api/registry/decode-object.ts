import type { KubeObject, LooseObject } from '../objects.js';
import { DecodeError, decodeModel } from '../schema/decode.js';
import { badRequest, invalid, type StatusError } from '../status-error.js';
import { FieldErrors } from '../validation/field-error.js';
import type { View } from './views.js';

/** What to do with fields that the kind does not have: drop them, drop them and say so, or refuse. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface DecodedObject {
  object: KubeObject;
  warnings: string[];
}

type Target = Pick<View, 'model' | 'apiVersion' | 'kind'>;

/**
 * Reads a body as the kind that the path names.
 * @param patch what led to the body, where a patch did: its mistakes are answered as 422
 * @throws StatusError 400 for another kind, a field of the wrong type or, under `Strict`, an unknown field
 */
export function decodeObject(body: unknown, target: Target, fieldValidation: FieldValidation, patch?: unknown): DecodedObject {
  const { value, unknownFields } = decode(body, target, patch);
  checkType(value, target);
  const warnings = unknownFields.map((path) => `unknown field ${JSON.stringify(path)}`);
  if (fieldValidation === 'Strict' && warnings.length > 0) {
    throw badRequest(`${cannotHandle(target)}: strict decoding error: ${warnings.join(', ')}`);
  }
  const metadata = { ...(value['metadata'] as LooseObject | undefined) };
  // Kept by servers that track field ownership; nobody here does.
  delete metadata['managedFields'];
  const object: KubeObject = { ...value, kind: target.kind, apiVersion: target.apiVersion, metadata };
  return { object, warnings: fieldValidation === 'Warn' ? warnings : [] };
}

function decode(body: unknown, target: Target, patch: unknown): ReturnType<typeof decodeModel> {
  try {
    return decodeModel(body, target.model);
  } catch (error) {
    if (error instanceof DecodeError && patch !== undefined) throw badPatch(patch, error.message);
    if (error instanceof DecodeError) throw badRequest(`${cannotHandle(target)}: ${error.message}`);
    throw error;
  }
}

function badPatch(patch: unknown, problem: string): StatusError {
  const errors = new FieldErrors();
  errors.invalid('patch', JSON.stringify(patch), problem);
  return invalid({ group: '', kind: '' }, '', errors.list);
}

function cannotHandle({ kind, apiVersion }: Target): string {
  return `${kind} in version ${JSON.stringify(apiVersion.split('/').pop())} cannot be handled as a ${kind}`;
}

function checkType(value: LooseObject, target: Target): void {
  const { kind = target.kind, apiVersion = target.apiVersion } = value;
  if (apiVersion !== target.apiVersion) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${target.apiVersion})`,
    );
  }
  if (kind !== target.kind) {
    throw badRequest(`the kind in the data (${String(kind)}) does not match the expected kind (${target.kind})`);
  }
}
