import { isLooseObject, type LooseObject } from '../objects.js';
import { isEmpty } from './empty-values.js';
import { modelOf, type FieldType } from './model.js';
import { formatQuantity, parseQuantity } from './quantity.js';

/** The body has a field of the wrong type; the message is worded as the real server's JSON decoder words it. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

export interface Decoded {
  value: LooseObject;
  /** Paths of the fields that the kind does not have; they are dropped. */
  unknownFields: string[];
}

const int32Limit = 2 ** 31;
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

interface Place {
  /** The Go struct that the decoder is in, for its messages. */
  struct: string;
  /** JSON path with indices, for unknown fields: `spec.containers[0].imag`. */
  path: string;
  unknownFields: string[];
}

/**
 * Reads a body as the named model: checks the type of each field, drops nulls, empty lists and unknown fields, and writes
 * quantities in their canonical form. The result shares nothing with the input.
 */
export function decodeModel(value: unknown, model: string): Decoded {
  const unknownFields: string[] = [];
  if (!isLooseObject(value))
    throw new DecodeError(`json: cannot unmarshal ${jsonType(value)} into Go value of type ${goName(model)}`);
  return { value: decodeFields(value, model, { struct: goName(model), path: '', unknownFields }), unknownFields };
}

function decodeFields(source: LooseObject, model: string, at: Place): LooseObject {
  const fields = modelOf(model);
  const result: LooseObject = {};
  for (const [name, value] of Object.entries(source)) {
    const path = at.path === '' ? name : `${at.path}.${name}`;
    const type = fields.get(name);
    if (type === undefined) {
      at.unknownFields.push(path);
      continue;
    }
    if (value === null || value === undefined) continue;
    const decoded = decodeValue(value, type, { struct: goName(model), path, unknownFields: at.unknownFields });
    if (!isEmpty(decoded, type, `${model}.${name}`)) result[name] = decoded;
  }
  return result;
}

function decodeValue(value: unknown, type: FieldType, at: Place): unknown {
  switch (type.of) {
    case 'any':
      return structuredClone(value);
    case 'model':
      if (!isLooseObject(value)) throw mismatch(value, goName(type.model), at);
      return decodeFields(value, type.model, at);
    case 'list':
      return decodeList(value, type.item, at);
    case 'map':
      return decodeMap(value, type.item, at);
    default:
      return decodeScalar(value, type.of, at);
  }
}

function decodeList(value: unknown, item: FieldType, at: Place): unknown[] {
  if (!Array.isArray(value)) throw mismatch(value, goType(item, '[]'), at);
  return value.map((entry: unknown, index) => {
    const place = { ...at, path: `${at.path}[${index}]` };
    // A null entry is the zero value of its type.
    return decodeValue(entry ?? (item.of === 'model' ? {} : ''), item, place);
  });
}

function decodeMap(value: unknown, item: FieldType, at: Place): LooseObject {
  if (!isLooseObject(value)) throw mismatch(value, goType(item, 'map[string]'), at);
  const result: LooseObject = {};
  for (const key of Object.keys(value).sort()) {
    result[key] = decodeValue(value[key] ?? '', item, { ...at, path: `${at.path}.${key}` });
  }
  return result;
}

type Scalar = Exclude<FieldType['of'], 'any' | 'model' | 'list' | 'map'>;

function decodeScalar(value: unknown, type: Scalar, at: Place): unknown {
  switch (type) {
    case 'string':
      if (typeof value !== 'string') throw mismatch(value, 'string', at);
      return value;
    case 'bytes':
      if (typeof value !== 'string') throw mismatch(value, '[]uint8', at);
      if (!base64Pattern.test(value)) throw new DecodeError('illegal base64 data');
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, 'bool', at);
      return value;
    case 'int32':
    case 'int64':
      return decodeInteger(value, type, at);
    case 'double':
      if (typeof value !== 'number') throw mismatch(value, 'float64', at);
      return value;
    case 'intOrString':
      if (typeof value !== 'string' && !Number.isInteger(value)) throw mismatch(value, 'intstr.IntOrString', at);
      return value;
    case 'quantity':
      return decodeQuantity(value);
    case 'time':
    case 'microTime':
      return decodeTime(value, at);
  }
}

function decodeInteger(value: unknown, type: 'int32' | 'int64', at: Place): number {
  if (typeof value !== 'number') throw mismatch(value, type, at);
  const fits = type === 'int64' || (value >= -int32Limit && value < int32Limit);
  if (!Number.isInteger(value) || !fits) throw mismatch(value, type, at, `number ${value}`);
  return value;
}

function decodeQuantity(value: unknown): string {
  const quantity = typeof value === 'string' || typeof value === 'number' ? parseQuantity(String(value).trim()) : undefined;
  if (quantity === undefined) {
    throw new DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }
  return formatQuantity(quantity);
}

function decodeTime(value: unknown, at: Place): string {
  if (typeof value !== 'string') throw mismatch(value, 'string', at);
  if (Number.isNaN(Date.parse(value))) {
    throw new DecodeError(
      `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`,
    );
  }
  return value;
}

function mismatch(value: unknown, expected: string, at: Place, found = jsonType(value)): DecodeError {
  const path = at.path.replaceAll(/\[\d+\]/g, '');
  return new DecodeError(`json: cannot unmarshal ${found} into Go struct field ${at.struct}.${path} of type ${expected}`);
}

function goType(item: FieldType, prefix: string): string {
  if (item.of === 'model') return `${prefix}v1.${goName(item.model)}`;
  return prefix + (item.of === 'list' || item.of === 'map' ? goType(item.item, '[]') : item.of);
}

function goName(model: string): string {
  return model.replace(/^(?:Core)?V\d+/, '');
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null || value === undefined) return 'null';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
