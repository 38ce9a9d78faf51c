import { z } from 'zod';

/** `winner`: the other spelling of the same key, which is read; undefined for a key that the schema does not know. */
type OnIgnoredKey = (path: readonly (string | number)[], key: string, winner: string | undefined) => void;

/** What of a schema matters for the spelling of keys. */
type Shape =
  | { readonly kind: 'value' }
  | { readonly kind: 'array'; readonly element: z.core.$ZodType }
  | { readonly kind: 'record'; readonly element: z.core.$ZodType }
  | {
      readonly kind: 'object';
      readonly members: ReadonlyMap<string, z.core.$ZodType>;
      readonly canonicalByLowerCase: ReadonlyMap<string, string>;
    };

/** A schema is looked into once, not once per item: that is most of the cost of a large payload. */
const shapes = new WeakMap<z.core.$ZodType, Shape>();

/**
 * Renames the keys of a parsed JSON value to the spelling of its schema wherever they differ only in case, and drops the
 * keys that the schema does not know, reporting each. Existing files mix cases (`AvgInTokens`, `milpsolver`). Of a key that is written
 * twice in two cases the exact spelling wins, else the last; the other is dropped and reported.
 * @returns what was given, itself, wherever nothing in it is renamed or dropped: copies would be most of the cost
 */
export function canonicalKeys(schema: z.core.$ZodType, value: unknown, onIgnoredKey: OnIgnoredKey): unknown {
  return rename(schema, value, onIgnoredKey, []);
}

/** The key of a JSON object that `canonicalKeys` reads as `canonical`, in the spelling it has there; undefined: there is none. */
export function keyAsGiven(value: Readonly<Record<string, unknown>>, canonical: string): string | undefined {
  if (Object.hasOwn(value, canonical)) return canonical;
  return Object.keys(value).findLast((key) => key.toLowerCase() === canonical.toLowerCase());
}

/** What a schema wants at a path of a value; undefined where it knows no such place. */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return unwrap(schema);
  const shape = shapeOf(schema);
  if (shape.kind === 'value') return undefined;
  const next = shape.kind === 'object' ? shape.members.get(String(step)) : shape.element;
  return next === undefined ? undefined : schemaAt(next, rest);
}

/** `path` is where `value` stands; it is pushed to and popped from on the way. */
function rename(schema: z.core.$ZodType, value: unknown, onIgnoredKey: OnIgnoredKey, path: (string | number)[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const shape = shapeOf(schema);
  if (Array.isArray(value)) {
    if (shape.kind !== 'array') return value;
    const items = value.map((item: unknown, index) => renameAt(shape.element, item, onIgnoredKey, path, index));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (shape.kind === 'record') {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [key, renameAt(shape.element, item, onIgnoredKey, path, key)]));
  }
  return shape.kind === 'object' ? renameMembers(shape, value as Record<string, unknown>, onIgnoredKey, path) : value;
}

function renameMembers(
  { members, canonicalByLowerCase }: Extract<Shape, { kind: 'object' }>,
  given: Readonly<Record<string, unknown>>,
  onIgnoredKey: OnIgnoredKey,
  path: (string | number)[],
): unknown {
  let result: Record<string, unknown> | null = null;
  for (const key of Object.keys(given)) {
    const canonical = members.has(key) ? key : canonicalByLowerCase.get(key.toLowerCase());
    const member = canonical === undefined ? undefined : members.get(canonical);
    const winner = canonical === undefined || canonical === key ? canonical : keyAsGiven(given, canonical);
    if (canonical === undefined || member === undefined || winner !== key) {
      onIgnoredKey([...path], key, winner);
      result ??= membersBefore(key, given);
      continue;
    }
    const item = renameAt(member, given[key], onIgnoredKey, path, canonical);
    if (canonical !== key || item !== given[key]) result ??= membersBefore(key, given);
    if (result !== null) result[canonical] = item;
  }
  return result ?? given;
}

/** The start of a copy: what stands before the first member that differs. */
function membersBefore(key: string, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(given);
  return Object.fromEntries(entries.slice(0, Object.keys(given).indexOf(key)));
}

function renameAt(
  schema: z.core.$ZodType,
  value: unknown,
  onIgnoredKey: OnIgnoredKey,
  path: (string | number)[],
  step: string | number,
): unknown {
  if (typeof value !== 'object' || value === null) return value;
  path.push(step);
  const renamed = rename(schema, value, onIgnoredKey, path);
  path.pop();
  return renamed;
}

function shapeOf(schema: z.core.$ZodType): Shape {
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  const shape = inspect(unwrap(schema));
  shapes.set(schema, shape);
  return shape;
}

function inspect(schema: z.core.$ZodType): Shape {
  if (schema instanceof z.ZodArray) return { kind: 'array', element: schema.element };
  if (schema instanceof z.ZodRecord) return { kind: 'record', element: schema.valueType };
  if (!(schema instanceof z.ZodObject)) return { kind: 'value' };
  const members = new Map(Object.entries(schema.shape));
  return { kind: 'object', members, canonicalByLowerCase: new Map([...members.keys()].map((key) => [key.toLowerCase(), key])) };
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}
