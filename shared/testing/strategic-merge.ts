type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonMap = Record<string, Json>;

type MergeKeys = Readonly<Record<string, string>>;

/** Lists of a Deployment that a strategic merge patch merges by a key; all other lists are replaced whole. */
const listKeys: MergeKeys = { containers: 'name', env: 'name' };

/** What the API server makes of an object and a strategic merge patch, as far as patches of Deployments need it. */
export function strategicMerge<T>(object: T, patch: unknown): T {
  return mergeMaps(structuredClone(object) as JsonMap, patch as JsonMap, listKeys) as T;
}

function mergeMaps(into: JsonMap, patch: JsonMap, mergeKeys: MergeKeys): JsonMap {
  for (const [key, value] of Object.entries(patch)) {
    const present = into[key];
    const mergeKey = mergeKeys[key];
    if (value === null) Reflect.deleteProperty(into, key);
    else if (Array.isArray(value) && mergeKey !== undefined)
      into[key] = mergeLists((present ?? []) as JsonMap[], value as JsonMap[], mergeKey, mergeKeys);
    else if (isMap(value)) into[key] = mergeMaps(isMap(present) ? present : {}, value, mergeKeys);
    else into[key] = value;
  }
  return into;
}

function mergeLists(into: JsonMap[], patch: JsonMap[], mergeKey: string, mergeKeys: MergeKeys): JsonMap[] {
  const result = [...into];
  for (const item of patch) {
    const index = result.findIndex((present) => present[mergeKey] === item[mergeKey]);
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = mergeMaps(result[index]!, item, mergeKeys);
    else result.push(mergeMaps({}, item, mergeKeys));
  }
  return result;
}

function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7396: maps merge, null deletes, all else is replaced. */
export function mergePatch<T>(object: T, patch: unknown): T {
  return mergeMaps(structuredClone(object) as JsonMap, patch as JsonMap, {}) as T;
}
