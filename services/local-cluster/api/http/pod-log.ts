import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import type { V1NodeStatus } from '@kubernetes/client-node';
import { errorText } from '#shared/observe/logger.js';
import type { Loose } from '../kinds/kind.js';
import { nodes } from '../kinds/nodes.js';
import type { Pod } from '../kinds/pods.js';
import { fieldOf, type KubeObject } from '../objects.js';
import { badRequest, methodNotAllowed, notFound, StatusError } from '../status-error.js';
import type { Exchange } from './exchange.js';

const DEFAULT_KUBELET_PORT = 10_250;
/** Time for a kubelet to begin its answer; a followed log may then stay silent for as long as it likes. */
const ANSWER_TIMEOUT_MS = 30_000;
const addressTypes = ['InternalIP', 'ExternalIP', 'InternalDNS', 'ExternalDNS', 'Hostname'];
const forwardedOptions = ['follow', 'previous', 'timestamps', 'tailLines', 'sinceSeconds', 'sinceTime', 'limitBytes'];

/**
 * `GET …/pods/x/log`: fetched from the kubelet of the pod's node, at the address and port that the Node object names, and passed
 * on as it comes.
 */
export function handlePodLog(exchange: Exchange): void {
  if (exchange.request.method !== 'GET') throw methodNotAllowed();
  const { kind, namespace, name, services, response, query } = exchange;
  const pod: Pod = services.registry.get(kind, namespace, name).object;
  const container = containerOf(pod, query.get('container') ?? '');
  const nodeName = pod.spec?.nodeName;
  if (nodeName === undefined) {
    response.writeHead(204).end();
    return;
  }
  const url = kubeletUrl(services.registry.get(nodes, undefined, nodeName).object);
  url.pathname = `/containerLogs/${[namespace ?? '', name, container].map(encodeURIComponent).join('/')}`;
  for (const option of forwardedOptions) {
    const value = query.get(option);
    if (value !== null) url.searchParams.set(option, value);
  }
  proxy(exchange, url);
}

// A kubelet's certificate is self-signed; what it serves reaches only those who hold our token.
function proxy({ response }: Exchange, url: URL): void {
  const outgoing = httpsRequest(url, { rejectUnauthorized: false, timeout: ANSWER_TIMEOUT_MS, agent: false }, (incoming) => {
    outgoing.setTimeout(0);
    const code = incoming.statusCode ?? 500;
    if (code !== 200) {
      void text(incoming).then((said) => fail(refusalOf(code, said.trim())), fail);
      return;
    }
    response.writeHead(code, { 'content-type': incoming.headers['content-type'] ?? 'text/plain' });
    response.flushHeaders();
    incoming.pipe(response);
    incoming.on('error', () => response.destroy());
  });
  const fail = (error: unknown): void => {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { status } =
      error instanceof StatusError ? error : internalError(`Get ${JSON.stringify(url.href)}: ${errorText(error)}`);
    response.writeHead(status.code, { 'content-type': 'application/json' }).end(JSON.stringify(status));
  };
  outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`)));
  outgoing.on('error', fail);
  response.on('close', () => outgoing.destroy());
  outgoing.end();
}

/** What the kubelet said, as the API's own refusal. */
function refusalOf(code: number, said: string): StatusError {
  if (code === 400) return badRequest(said);
  if (code === 404) return new StatusError(404, 'NotFound', `the server could not find the requested resource: ${said}`);
  return internalError(said);
}

function internalError(message: string): StatusError {
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`);
}

function containerOf(pod: Pod, asked: string): string {
  const podName = pod.metadata.name ?? '';
  const names = (pod.spec?.containers ?? []).map(({ name = '' }) => name);
  const initNames = (pod.spec?.initContainers ?? []).map(({ name = '' }) => name);
  if (asked === '') {
    const [first, ...others] = names;
    if (first !== undefined && others.length === 0 && initNames.length === 0) return first;
    const init = initNames.length === 0 ? '' : ` or one of the init containers: [${initNames.join(' ')}]`;
    throw badRequest(`a container name must be specified for pod ${podName}, choose one of: [${names.join(' ')}]${init}`);
  }
  if (!names.includes(asked) && !initNames.includes(asked))
    throw badRequest(`container ${asked} is not valid for pod ${podName}`);
  return asked;
}

function kubeletUrl(node: KubeObject): URL {
  const status = (fieldOf(node, 'status') ?? {}) as Loose<V1NodeStatus>;
  const addresses = status.addresses ?? [];
  const address = addressTypes
    .map((type) => addresses.find((candidate) => candidate.type === type)?.address)
    .find((candidate) => candidate !== undefined);
  if (address === undefined) throw notFound({ group: '', plural: 'node addresses' }, node.metadata.name ?? '');
  const port = status.daemonEndpoints?.kubeletEndpoint?.Port ?? DEFAULT_KUBELET_PORT;
  return new URL(`https://${address.includes(':') ? `[${address}]` : address}:${port}`);
}
