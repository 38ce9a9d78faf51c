import type { LooseObject } from '../objects.js';
import { modelOf, type FieldType, type Model } from '../schema/model.js';
import { fieldNumbers } from './field-numbers.js';
import { readFields, WireError, type WireField } from './wire.js';

const MAGIC = Buffer.from('k8s\0');

/**
 * Reads an object in the protobuf form of Kubernetes, which `kubectl create` and other programs in Go send, into the shape that
 * it has in JSON.
 * @param model what the envelope's object is taken for: `V1ConfigMap`
 * @throws WireError for broken bytes, and for fields that are not known here
 */
export function decodeProtobuf(body: Buffer, model: string): LooseObject {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC))
    throw new WireError('the body does not begin as a Kubernetes protobuf object');
  const envelope = new Map(readFields(body.subarray(MAGIC.length)).map((field) => [field.number, field]));
  const [apiVersion, kind] = [1, 2].map((number) => textIn(envelope.get(1), number));
  return {
    ...decodeMessage(bytesOf(envelope.get(2)), model),
    ...(apiVersion === '' ? {} : { apiVersion }),
    ...(kind === '' ? {} : { kind }),
  };
}

function decodeMessage(message: Buffer, model: string): LooseObject {
  const result: LooseObject = {};
  readInto(result, message, model, modelOf(model));
  return result;
}

// `layout` says where the fields stand, `types` what they hold: they differ for a message that JSON shows as part of its owner.
function readInto(result: LooseObject, message: Buffer, layout: string, types: Model): void {
  const names = fieldNumbers[layout]?.split(' ');
  if (names === undefined) throw new WireError(`${layout} is not known in protobuf; send JSON`);
  for (const field of readFields(message)) {
    const name = names[field.number - 1] ?? '-';
    if (name.startsWith('*')) {
      readInto(result, bytesOf(field), name.slice(1), types);
      continue;
    }
    const type = types.get(name);
    // Numbers that are not in use: what old or very new clients add.
    if (type !== undefined) addValue(result, name, field, type);
  }
}

function addValue(result: LooseObject, name: string, field: WireField, type: FieldType): void {
  if (type.of === 'list') {
    const list = (result[name] ??= []) as unknown[];
    list.push(decodeValue(field, type.item));
  } else if (type.of === 'map') {
    const map = (result[name] ??= {}) as LooseObject;
    const entry = new Map(readFields(bytesOf(field)).map((part) => [part.number, part]));
    map[textOf(entry.get(1))] = decodeValue(entry.get(2) ?? { number: 2, bytes: Buffer.alloc(0) }, type.item);
  } else {
    result[name] = decodeValue(field, type);
  }
}

function decodeValue(field: WireField, type: FieldType): unknown {
  switch (type.of) {
    case 'string':
      return textOf(field);
    case 'bytes':
      return bytesOf(field).toString('base64');
    case 'boolean':
      return numberOf(field) !== 0;
    case 'int32':
    case 'int64':
      return numberOf(field);
    case 'double':
      return bytesOf(field).readDoubleLE();
    case 'quantity':
      return textIn(field, 1);
    case 'time':
      return timeOf(field, 0);
    case 'microTime':
      return timeOf(field, 6);
    case 'intOrString':
      return intOrStringOf(field);
    case 'model':
      return decodeMessage(bytesOf(field), type.model);
    case 'list':
    case 'map':
    case 'any':
      throw new WireError(`a ${type.of} cannot stand here`);
  }
}

function bytesOf(field: WireField | undefined): Buffer {
  if (field === undefined) return Buffer.alloc(0);
  if ('bytes' in field) return field.bytes;
  throw new WireError(`field ${field.number} is a number where bytes are expected`);
}

function numberOf(field: WireField): number {
  if ('value' in field) return Number(field.value);
  throw new WireError(`field ${field.number} is not a number`);
}

function textOf(field: WireField | undefined): string {
  return bytesOf(field).toString('utf8');
}

function textIn(field: WireField | undefined, number: number): string {
  return textOf(readFields(bytesOf(field)).find((part) => part.number === number));
}

// Seconds and nanoseconds; an empty message is a time that is not set.
function timeOf(field: WireField, digits: number): string | null {
  const parts = new Map(readFields(bytesOf(field)).map((part) => [part.number, numberOf(part)]));
  const seconds = parts.get(1);
  if (seconds === undefined) return null;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = String(parts.get(2) ?? 0)
    .padStart(9, '0')
    .slice(0, digits);
  return `${whole}${digits === 0 ? '' : `.${fraction}`}Z`;
}

function intOrStringOf(field: WireField): number | string {
  const parts = new Map(readFields(bytesOf(field)).map((part) => [part.number, part]));
  const kind = parts.get(1);
  const isText = kind !== undefined && numberOf(kind) === 1;
  if (isText) return textOf(parts.get(3));
  const int = parts.get(2);
  return int === undefined ? 0 : numberOf(int);
}
