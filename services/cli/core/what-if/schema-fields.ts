import { z } from 'zod';

/** A value of the data as an override sees it: something to set, or an object with more of them. */
export type Field =
  { readonly kind: 'number' | 'boolean' | 'text' } | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Field> };

/** The members of an object that an override can reach: no lists, no maps, nothing hidden. */
export function fieldsOf(schema: z.core.$ZodType, hidden: readonly string[] = []): ReadonlyMap<string, Field> {
  const bare = unwrap(schema);
  if (!(bare instanceof z.ZodObject)) return new Map();
  const members = Object.entries(bare.shape as Readonly<Record<string, z.core.$ZodType>>).filter(
    ([key]) => !hidden.includes(key),
  );
  return new Map(
    members.flatMap(([key, member]) => {
      const field = fieldOf(member, hidden);
      return field === null ? [] : [[key, field]];
    }),
  );
}

function fieldOf(schema: z.core.$ZodType, hidden: readonly string[]): Field | null {
  const bare = unwrap(schema);
  if (bare instanceof z.ZodNumber) return { kind: 'number' };
  if (bare instanceof z.ZodBoolean) return { kind: 'boolean' };
  if (bare instanceof z.ZodString || bare instanceof z.ZodEnum) return { kind: 'text' };
  return bare instanceof z.ZodObject ? { kind: 'object', fields: fieldsOf(bare, hidden) } : null;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return unwrap(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema;
}
