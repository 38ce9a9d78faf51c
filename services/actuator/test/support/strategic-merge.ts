type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonMap = Record<string, Json>;

/** Lists of a Deployment that a strategic merge patch merges by a key; all other lists are replaced whole. */
const mergeKeys: Readonly<Record<string, string>> = { containers: 'name', env: 'name' };

/** What the API server makes of an object and a strategic merge patch, as far as patches of Deployments need it. */
export function strategicMerge<T>(object: T, patch: unknown): T {
  return mergeMaps(structuredClone(object) as JsonMap, patch as JsonMap) as T;
}

function mergeMaps(into: JsonMap, patch: JsonMap): JsonMap {
  for (const [key, value] of Object.entries(patch)) {
    const present = into[key];
    const mergeKey = mergeKeys[key];
    if (value === null) Reflect.deleteProperty(into, key);
    else if (Array.isArray(value) && mergeKey !== undefined) into[key] = mergeLists((present ?? []) as JsonMap[], value as JsonMap[], mergeKey);
    else if (isMap(value)) into[key] = mergeMaps(isMap(present) ? present : {}, value);
    else into[key] = value;
  }
  return into;
}

function mergeLists(into: JsonMap[], patch: JsonMap[], mergeKey: string): JsonMap[] {
  const result = [...into];
  for (const item of patch) {
    const index = result.findIndex((present) => present[mergeKey] === item[mergeKey]);
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = mergeMaps(result[index]!, item);
    else result.push(mergeMaps({}, item));
  }
  return result;
}

function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
