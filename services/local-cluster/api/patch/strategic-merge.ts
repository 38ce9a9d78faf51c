import { isDeepStrictEqual } from 'node:util';
import { isLooseObject, type LooseObject } from '../objects.js';
import { modelOf, type FieldType } from '../schema/model.js';
import { badRequest } from '../status-error.js';
import { mergeKeyOf } from './merge-keys.js';
import { inPatchOrder } from './element-order.js';

const DELETE_PREFIX = '$deleteFromPrimitiveList/';
const ORDER_PREFIX = '$setElementOrder/';

/**
 * Applies a strategic merge patch, the kind of patch that kubectl sends for built-in kinds. Lists with a merge key are merged item by
 * item; `$patch`, `$retainKeys`, `$setElementOrder` and `$deleteFromPrimitiveList` steer it.
 * @param model the client library's model of `target`: `V1Deployment`
 * @throws StatusError 400 when the patch contradicts itself or an item lacks its key
 */
export function applyStrategicMergePatch(target: LooseObject, patch: LooseObject, model: string): LooseObject {
  return mergeObject(target, patch, model);
}

function mergeObject(target: LooseObject, patch: LooseObject, model: string | undefined): LooseObject {
  const { $patch: directive, $retainKeys: retained, ...fields } = patch;
  if (directive === 'replace') return withoutDirectives(fields) as LooseObject;
  if (directive === 'delete') return {};
  checkDirective(directive);
  const result = retained === undefined ? { ...target } : retainKeys(target, fields, retained);
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith(ORDER_PREFIX)) continue;
    if (name.startsWith(DELETE_PREFIX)) deletePrimitives(result, name.slice(DELETE_PREFIX.length), value);
    else if (value === null) Reflect.deleteProperty(result, name);
    else result[name] = mergeField(result[name], value, { model, name, order: fields[`${ORDER_PREFIX}${name}`] });
  }
  for (const [directiveName, order] of Object.entries(fields)) {
    if (!directiveName.startsWith(ORDER_PREFIX)) continue;
    const name = directiveName.slice(ORDER_PREFIX.length);
    if (!(name in fields)) reorder(result, name, order, mergeKeyOf(model, name));
  }
  return result;
}

interface FieldContext {
  model: string | undefined;
  name: string;
  order: unknown;
}

function mergeField(current: unknown, patch: unknown, { model, name, order }: FieldContext): unknown {
  const inner = innerModel(model, name);
  if (isLooseObject(patch)) return isLooseObject(current) ? mergeObject(current, patch, inner) : withoutDirectives(patch);
  const mergeKey = mergeKeyOf(model, name);
  if (!Array.isArray(patch) || mergeKey === undefined) return withoutDirectives(patch);
  const before: unknown[] = Array.isArray(current) ? current : [];
  const merged = mergeKey === '' ? mergeSet(before, patch) : mergeItems(before, patch, mergeKey, inner);
  return Array.isArray(order) ? inPatchOrder(merged, before, order, mergeKey) : merged;
}

function mergeSet(current: unknown[], patch: unknown[]): unknown[] {
  return [...current, ...patch.filter((value) => !current.includes(value))];
}

function mergeItems(current: unknown[], patch: unknown[], mergeKey: string, model: string | undefined): unknown[] {
  const replaces = patch.some((item) => isLooseObject(item) && item['$patch'] === 'replace');
  if (replaces) return patch.filter((item) => !isLooseObject(item) || item['$patch'] === undefined).map(withoutDirectives);
  let result = [...current];
  for (const item of patch) {
    if (!isLooseObject(item))
      throw badRequest(`expected an object with the merge key ${mergeKey}, found ${JSON.stringify(item)}`);
    const key = item[mergeKey];
    if (key === undefined) throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    const isSame = (other: unknown): boolean => isLooseObject(other) && isDeepStrictEqual(other[mergeKey], key);
    if (item['$patch'] === 'delete') {
      result = result.filter((other) => !isSame(other));
      continue;
    }
    const index = result.findIndex(isSame);
    if (index < 0) result.push(withoutDirectives(item));
    else result[index] = mergeObject(result[index] as LooseObject, item, model);
  }
  return result;
}

function retainKeys(target: LooseObject, patch: LooseObject, retained: unknown): LooseObject {
  const keys = new Set(Array.isArray(retained) ? retained : []);
  const stray = Object.keys(patch).find((name) => !name.startsWith('$') && patch[name] !== null && !keys.has(name));
  if (stray !== undefined) throw badRequest(`$retainKeys does not contain ${JSON.stringify(stray)}, which the patch sets`);
  return Object.fromEntries(Object.entries(target).filter(([name]) => keys.has(name)));
}

function deletePrimitives(result: LooseObject, name: string, values: unknown): void {
  const current = result[name];
  if (!Array.isArray(current) || !Array.isArray(values)) return;
  result[name] = current.filter((value) => !values.includes(value));
}

function reorder(result: LooseObject, name: string, order: unknown, mergeKey: string | undefined): void {
  const current = result[name];
  if (!Array.isArray(current) || !Array.isArray(order) || mergeKey === undefined) return;
  result[name] = inPatchOrder(current, current, order, mergeKey);
}

/** What is new to the object is taken as it is, less the instructions to the merge. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !isLooseObject(item) || item['$patch'] !== 'delete').map(withoutDirectives);
  }
  if (!isLooseObject(value)) return value;
  const kept = Object.entries(value).filter(([name, field]) => !name.startsWith('$') && field !== null);
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutDirectives(field)]));
}

function checkDirective(directive: unknown): void {
  if (directive !== undefined && directive !== 'merge') throw badRequest(`unknown patch type: ${JSON.stringify(directive)}`);
}

function innerModel(model: string | undefined, field: string): string | undefined {
  if (model === undefined) return undefined;
  let type: FieldType | undefined = modelOf(model).get(field);
  while (type?.of === 'list' || type?.of === 'map') type = type.item;
  return type?.of === 'model' ? type.model : undefined;
}
