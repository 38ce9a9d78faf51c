import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject } from '#shared/kube/wire.js';
import { FakeObjects, type Place } from './fake-kube-objects.js';
import { mergePatch, strategicMerge } from './strategic-merge.js';

export interface ApiRequest {
  method: string;
  path: string;
  body: unknown;
}

/** How a request fails: with a status, without an answer, or with a cut connection. */
export type Fault = { status: number; reason: string; message?: string } | 'hang' | 'cut';

/**
 * As much of the Kubernetes API as the services use, over plain HTTP and in memory: get, list and watch with label selectors, create,
 * replace, patch with the resourceVersion as a precondition, delete. No controllers and no defaults: a test says itself what happens
 * to status and pods, and which request fails how.
 */
export class FakeKubeApi {
  readonly objects = new FakeObjects();
  /** All requests but watches, in their order. */
  readonly requests: ApiRequest[] = [];
  /** Asked before each request; may change objects itself, and answers how the request fails, if it does. */
  intercept: (request: ApiRequest) => Fault | undefined = () => undefined;
  #server = this.#createServer();
  #port = 0;

  /** The second time on the same port: a server that was away and is back. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
    this.#server = this.#createServer();
  }

  kubeConfig(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: 'fake', server: `http://127.0.0.1:${this.#port}`, skipTLSVerify: true }, { name: 'u' });
    return config;
  }

  /** Requests that change something. */
  writes(): ApiRequest[] {
    return this.requests.filter(({ method }) => method !== 'GET');
  }

  #createServer() {
    return createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://fake');
    const method = request.method ?? 'GET';
    const raw = await text(request);
    const body: unknown = raw === '' ? undefined : JSON.parse(raw);
    const isWatch = url.searchParams.get('watch') === 'true';
    const asked = { method, path: url.pathname, body };
    if (!isWatch) this.requests.push(asked);
    const fault = this.intercept(asked);
    if (fault === 'hang') return;
    if (fault === 'cut') {
      response.destroy();
      return;
    }
    if (fault !== undefined) {
      refuse(response, fault);
      return;
    }
    const place = placeOf(url.pathname);
    const selector = url.searchParams.get('labelSelector') ?? '';
    if (isWatch) this.#watch(response, place, selector, Number(url.searchParams.get('resourceVersion') ?? 0));
    else if (method === 'GET' && place.name === undefined) send(response, 200, this.objects.list(place, selector));
    else if (method === 'POST') this.#create(response, place, body as KubeObject);
    else this.#change(response, place, method, request.headers['content-type'] ?? '', body as KubeObject);
  }

  #create(response: ServerResponse, place: Place, body: KubeObject): void {
    const created = { ...place, name: body.metadata?.name };
    const namespace = { prefix: '/api/v1', resource: 'namespaces', name: place.namespace };
    if (place.namespace !== undefined && this.objects.get(namespace) === undefined) {
      refuse(response, { status: 404, reason: 'NotFound', message: `namespaces "${place.namespace}" not found` });
    } else if (this.objects.get(created) !== undefined) {
      refuse(response, { status: 409, reason: 'AlreadyExists' });
    } else send(response, 201, this.objects.put(created, body));
  }

  #change(response: ServerResponse, place: Place, method: string, contentType: string, body: KubeObject): void {
    const present = this.objects.get(place);
    if (present === undefined) {
      refuse(response, { status: 404, reason: 'NotFound', message: `${place.resource} "${place.name ?? ''}" not found` });
      return;
    }
    if (method === 'GET') {
      send(response, 200, present);
      return;
    }
    if (method === 'DELETE') {
      this.objects.delete(place);
      send(response, 200, present);
      return;
    }
    const version = body.metadata?.resourceVersion;
    if (version !== undefined && version !== present.metadata?.resourceVersion) {
      refuse(response, { status: 409, reason: 'Conflict', message: 'the object has been modified' });
      return;
    }
    const merged = contentType.includes('strategic') ? strategicMerge(present, body) : mergePatch(present, body);
    send(response, 200, this.objects.put(place, method === 'PUT' ? body : merged));
  }

  #watch(response: ServerResponse, place: Place, selector: string, since: number): void {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    const stop = this.objects.watch(place, selector, since, (type, object) => {
      response.write(`${JSON.stringify({ type, object })}\n`);
    });
    response.once('close', stop);
  }
}

const PATH = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?(?:\/(?:status|scale))?$/;

function placeOf(path: string): Place {
  const [, prefix = '', namespace, resource = '', name] = PATH.exec(path) ?? [];
  return { prefix, resource, ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, { status, reason, message = reason }: Exclude<Fault, string>): void {
  send(response, status, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message });
}
