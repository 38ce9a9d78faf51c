import type { Request, Response } from 'express';
import type { Clock } from '#shared/clock/clock.js';
import type { Kind } from '../kinds/kind.js';
import type { Registry } from '../registry/registry.js';
import type { FieldValidation } from '../registry/decode-object.js';
import { badRequest } from '../status-error.js';
import type { ObjectStore } from '../store/object-store.js';
import type { StoredObject } from '../store/stored-object.js';
import type { RowObject } from '../tables/table.js';
import { parseAccept, type Accepted } from './accept.js';
import { encode, renderObject } from './render.js';
import type { ResourcePath } from './request-info.js';

export interface ApiServices {
  store: ObjectStore;
  registry: Registry;
  clock: Clock;
}

/** One request about one resource, with what was learnt from its line and headers, and the ways to answer it. */
export class Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly kind: Kind;
  readonly path: ResourcePath;
  readonly query: URLSearchParams;
  readonly services: ApiServices;
  readonly accepted: Accepted;

  constructor(
    request: Request,
    response: Response,
    target: { kind: Kind; path: ResourcePath; query: URLSearchParams },
    services: ApiServices,
  ) {
    this.request = request;
    this.response = response;
    this.kind = target.kind;
    this.path = target.path;
    this.query = target.query;
    this.services = services;
    // A log is plain text, whatever the client would accept of objects.
    this.accepted = target.path.subresource === 'log' ? parseAccept(undefined) : parseAccept(request.headers.accept);
  }

  /** The name in the path; only for requests that have one. */
  get name(): string {
    return this.path.name ?? '';
  }

  get namespace(): string | undefined {
    return this.path.namespace;
  }

  get includeObject(): RowObject {
    const value = this.query.get('includeObject') ?? 'Metadata';
    if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
  }

  get isDryRun(): boolean {
    const values = this.query.getAll('dryRun').filter((value) => value !== '');
    if (values.some((value) => value !== 'All'))
      throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(values)}: supported values: "All"`);
    return values.length > 0;
  }

  get fieldValidation(): FieldValidation {
    const value = this.query.get('fieldValidation') ?? 'Warn';
    if (value === '' || value === 'Warn') return 'Warn';
    if (value === 'Ignore' || value === 'Strict') return value;
    throw badRequest(
      `fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"`,
    );
  }

  /** Tells of something that was done and yet is worth a look; kubectl prints it. */
  warn(warnings: readonly string[]): void {
    for (const warning of warnings) this.response.append('warning', `299 - ${JSON.stringify(warning)}`);
  }

  answerStored(stored: StoredObject, code = 200): void {
    const nowMs = this.services.clock.now();
    this.send(renderObject(this.kind, stored, { accepted: this.accepted, includeObject: this.includeObject, nowMs }), code);
  }

  answer(body: object, code = 200): void {
    this.send(encode(body, this.accepted), code);
  }

  send(text: string, code = 200): void {
    const type = this.accepted.format === 'yaml' ? 'application/yaml' : 'application/json';
    this.response.writeHead(code, {
      'content-type': type,
      'cache-control': 'no-cache, private',
      'content-length': Buffer.byteLength(text),
    });
    this.response.end(text);
  }
}
