import type { Request } from 'express';
import { parse } from 'yaml';
import { badRequest, unsupportedMediaType } from '../status-error.js';

const objectTypes = ['application/json', 'application/yaml'];

/** The media type of a request, without parameters; JSON where none is named. */
export function mediaType(request: Request): string {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  return type === '' ? 'application/json' : type;
}

/** The text of a body that the raw parser has read. */
export function bodyText(request: Request): string {
  const body: unknown = request.body;
  return Buffer.isBuffer(body) ? body.toString('utf8') : '';
}

/** An object sent as JSON or YAML. @throws StatusError 400 for a broken body, 415 for another type (protobuf) */
export function readObject(request: Request): unknown {
  const type = mediaType(request);
  if (!objectTypes.includes(type)) throw unsupportedMediaType(objectTypes);
  return type === 'application/yaml' ? parseYaml(bodyText(request)) : parseJson(bodyText(request));
}

/** A patch body: JSON, and YAML for nobody. @throws StatusError 400 */
export function readPatch(request: Request): unknown {
  return parseJson(bodyText(request));
}

/** Options that may or may not have been sent. @throws StatusError 400 */
export function readOptionalObject(request: Request): unknown {
  return bodyText(request).trim() === '' ? {} : readObject(request);
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
