import jsonPatch, { type Operation } from 'fast-json-patch';
import { isLooseObject, type LooseObject } from '../objects.js';
import { badRequest, StatusError, unsupportedMediaType } from '../status-error.js';
import { applyMergePatch } from './merge-patch.js';
import { applyStrategicMergePatch } from './strategic-merge.js';

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
] as const;
export type PatchType = (typeof patchTypes)[number];

/** @throws StatusError 415; server-side apply is one of the refused types */
export function parsePatchType(contentType: string): PatchType {
  const found = patchTypes.find((type) => type === contentType);
  if (found === undefined) throw unsupportedMediaType(patchTypes);
  return found;
}

/**
 * Applies a patch to an object, which may be changed by it.
 * @param model the client library's model of the object, for the merge rules of its lists
 * @throws StatusError 400 for a malformed patch, 422 for one that does not fit the object
 */
export function applyPatch(type: PatchType, target: LooseObject, patch: unknown, model: string): LooseObject {
  if (type === 'application/json-patch+json') return applyJsonPatch(target, patch);
  if (!isLooseObject(patch)) throw badRequest('error decoding patch: json: cannot unmarshal the patch into a map');
  if (type === 'application/strategic-merge-patch+json') return applyStrategicMergePatch(target, patch, model);
  return applyMergePatch(target, patch) as LooseObject;
}

function applyJsonPatch(target: LooseObject, patch: unknown): LooseObject {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  try {
    const result: unknown = jsonPatch.applyPatch(target, patch as Operation[], true, true).newDocument;
    if (isLooseObject(result)) return result;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {
      causes: [{ reason: 'FieldValueInvalid', message: reason, field: 'patch' }],
    });
  }
  throw badRequest('the patch leaves no object');
}
