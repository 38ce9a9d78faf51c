import type { Request } from 'express';
import { parse } from 'yaml';
import { decodeProtobuf } from '../protobuf/decode-protobuf.js';
import { WireError } from '../protobuf/wire.js';
import { badRequest, unsupportedMediaType } from '../status-error.js';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const objectTypes = ['application/json', 'application/yaml', PROTOBUF];

/** The media type of a request, without parameters; JSON where none is named. */
export function mediaType(request: Request): string {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  return type === '' ? 'application/json' : type;
}

function bodyBytes(request: Request): Buffer {
  const body: unknown = request.body;
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

function bodyText(request: Request): string {
  return bodyBytes(request).toString('utf8');
}

/**
 * An object sent as JSON, YAML or protobuf.
 * @param model what it is read as where the bytes alone do not say: `V1ConfigMap`
 * @throws StatusError 400 for a broken body, 415 for another type
 */
export function readObject(request: Request, model: string): unknown {
  const type = mediaType(request);
  if (!objectTypes.includes(type)) throw unsupportedMediaType(objectTypes);
  if (type === PROTOBUF) return parseProtobuf(bodyBytes(request), model);
  return type === 'application/yaml' ? parseYaml(bodyText(request)) : parseJson(bodyText(request));
}

/** A patch body: JSON, and YAML for nobody. @throws StatusError 400 */
export function readPatch(request: Request): unknown {
  return parseJson(bodyText(request));
}

/** Options that may or may not have been sent. @throws StatusError 400 */
export function readOptionalObject(request: Request, model: string): unknown {
  return bodyText(request).trim() === '' ? {} : readObject(request, model);
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw badRequest('request body is empty: expected an object');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}

function parseYaml(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: ${(error as Error).message}`);
  }
}

function parseProtobuf(bytes: Buffer, model: string): unknown {
  try {
    return decodeProtobuf(bytes, model);
  } catch (error) {
    if (error instanceof WireError) throw badRequest(`the protobuf body cannot be read: ${error.message}`);
    throw error;
  }
}
