import { z } from 'zod';

/**
 * Renames the keys of a parsed JSON value to the spelling of its schema wherever they differ only in case, and drops the
 * keys that the schema does not know, reporting each. Existing files mix cases (`AvgInTokens`, `milpsolver`).
 */
export function canonicalKeys(
  schema: z.core.$ZodType,
  value: unknown,
  onUnknownKey: (path: readonly (string | number)[], key: string) => void,
  path: readonly (string | number)[] = [],
): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item: unknown, index) => canonicalKeys(inner.element, item, onUnknownKey, [...path, index]));
  }
  if (inner instanceof z.ZodRecord && isPlainObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, canonicalKeys(inner.valueType, item, onUnknownKey, [...path, key])]),
    );
  }
  if (!(inner instanceof z.ZodObject) || !isPlainObject(value)) return value;

  const shape = inner.shape as Record<string, z.core.$ZodType>;
  const canonicalByLowerCase = new Map(Object.keys(shape).map((key) => [key.toLowerCase(), key]));
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const canonical = key in shape ? key : canonicalByLowerCase.get(key.toLowerCase());
    const itemSchema = canonical === undefined ? undefined : shape[canonical];
    // A key written twice in two cases: the exact spelling wins, the other is reported like an unknown one.
    if (canonical === undefined || itemSchema === undefined || (canonical !== key && canonical in value)) {
      onUnknownKey(path, key);
      continue;
    }
    result[canonical] = canonicalKeys(itemSchema, item, onUnknownKey, [...path, canonical]);
  }
  return result;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
