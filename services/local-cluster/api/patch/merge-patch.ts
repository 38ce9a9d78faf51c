import { isLooseObject } from '../objects.js';

/** Applies a JSON merge patch (RFC 7386): objects are merged, null deletes, anything else replaces. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isLooseObject(patch)) return patch;
  const result = isLooseObject(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, field);
    else result[field] = applyMergePatch(result[field], value);
  }
  return result;
}
