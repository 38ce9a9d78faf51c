import { Agent, request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import {
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  setHeaderOptions,
  VersionApi,
} from '@kubernetes/client-node';
import type { KubernetesListObject, KubernetesObject, V1Node } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from './eventually.js';
import { pod, replicaSet } from './manifests.js';
import { PodPlayer } from './pod-player.js';
import { record } from './recording.js';
import type { Recording } from './recording.js';
import type { TargetCluster } from './targets.js';

export interface Answer<T> {
  readonly status: number;
  readonly contentType: string;
  readonly body: T;
}

/** So many events of each kind the embedded API server remembers. */
const embeddedWindow = 4_096;

/** A cluster under test with the clients of the suite. One is shared by all cases of a target; each case takes its own namespace. */
export class ConformanceCluster {
  readonly kubeconfigPath: string;
  readonly config = new KubeConfig();
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly coordination: CoordinationV1Api;
  readonly version: VersionApi;
  readonly objects: KubernetesObjectApi;
  readonly pods: PodPlayer;
  readonly #target: TargetCluster;
  readonly #agent: Agent;
  #namespaces = 0;

  constructor(target: TargetCluster) {
    this.#target = target;
    this.kubeconfigPath = target.kubeconfigPath;
    this.config.loadFromFile(target.kubeconfigPath);
    this.core = this.config.makeApiClient(CoreV1Api);
    this.apps = this.config.makeApiClient(AppsV1Api);
    this.coordination = this.config.makeApiClient(CoordinationV1Api);
    this.version = this.config.makeApiClient(VersionApi);
    this.objects = KubernetesObjectApi.makeApiClient(this.config);
    this.pods = new PodPlayer(this.config, this.core);
    const certificate = Buffer.from(this.config.getCurrentCluster()!.caData!, 'base64');
    this.#agent = new Agent({ keepAlive: true, maxSockets: 16, ca: certificate });
  }

  /** Two roomy nodes for whatever has no wishes, and the player of the pods on them. */
  async start(): Promise<void> {
    await this.pods.start();
    await Promise.all(['worker-1', 'worker-2'].map((name) => this.node(name, { cpu: '64', memory: '256Gi' })));
  }

  async stop(): Promise<void> {
    await this.pods.stop();
    this.#agent.destroy();
    await this.#target.stop();
  }

  /** A fresh namespace; what is in it dies with the cluster. */
  async namespace(): Promise<string> {
    this.#namespaces += 1;
    const name = `case-${this.#namespaces}`;
    await this.core.createNamespace({ body: { metadata: { name } } });
    return name;
  }

  /** A ready node that takes pods: a new one is tainted until the controllers have seen that it is ready. */
  async node(name: string, capacity: Record<string, string>, labels: Record<string, string> = {}): Promise<V1Node> {
    const resources = { pods: '1000', ...capacity };
    await this.core.createNode({
      body: {
        metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
        status: {
          capacity: resources,
          allocatable: resources,
          conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: new Date() }],
        },
      },
    });
    return eventually(async () => {
      const node = await this.core.readNode({ name });
      expect(node.spec?.taints ?? []).to.deep.equal([]);
      return node;
    });
  }

  /**
   * Resolves when the scheduler knows what was said of nodes until now: it places a pod by a label that a node was given last, and a
   * watch tells in order. Before that it may still put pods on a node that was cordoned, or count one that is gone.
   */
  async schedulerKnowsNodes(): Promise<void> {
    const namespace = await this.namespace();
    const body = { metadata: { labels: { known: namespace } } };
    await this.core.patchNode({ name: 'worker-1', body }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
    await this.core.createNamespacedPod({ namespace, body: pod('witness', { nodeSelector: body.metadata.labels }) });
    await eventually(async () => {
      const { spec } = await this.core.readNamespacedPod({ namespace, name: 'witness' });
      expect(spec?.nodeName).to.equal('worker-1');
    });
  }

  /** Resolves when the controllers know what was said of pods until now: they count one that became ready after all that. */
  async controllersKnowPods(): Promise<void> {
    const namespace = await this.namespace();
    await this.apps.createNamespacedReplicaSet({ namespace, body: replicaSet('witness', 1) });
    await eventually(async () => {
      const { status } = await this.apps.readNamespacedReplicaSet({ namespace, name: 'witness' });
      expect(status?.readyReplicas).to.equal(1);
    });
  }

  record<T extends KubernetesObject>(path: string, params?: Record<string, string | number | boolean>): Promise<Recording<T>> {
    return record<T>(this.config, path, params);
  }

  /** What exists, as additions, and then what happens, without a gap: a list and a watch from its resourceVersion, as informers do. */
  async follow<T extends KubernetesObject>(path: string): Promise<Recording<T>> {
    const { body } = await this.request<KubernetesListObject<T>>('GET', path);
    return record<T>(this.config, path, { resourceVersion: body.metadata!.resourceVersion! }, body.items);
  }

  /** Makes what happened to events until now too old to be asked for: by compaction, or by more news than the window holds. */
  async forgetEventHistory(namespace: string): Promise<void> {
    if (this.#target.compact !== undefined) return this.#target.compact();
    const path = `/api/v1/namespaces/${namespace}/events`;
    await this.request('POST', path, { body: { metadata: { name: 'news' }, involvedObject: { namespace } } });
    const headers = { 'content-type': 'application/merge-patch+json' };
    const change = (count: number) => this.request('PATCH', `${path}/news`, { headers, body: { count } });
    await Promise.all(Array.from({ length: embeddedWindow + 1 }, (_, index) => change(index + 1)));
  }

  /** One request as it is, for what client libraries hide: status codes, content types, bodies that they would refuse to send. */
  async request<T = Record<string, unknown>>(
    method: string,
    path: string,
    options: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    const url = new URL(this.config.getCurrentCluster()!.server + path);
    const requestOptions: RequestOptions = {
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json', ...options.headers },
    };
    await this.config.applyToHTTPSOptions(requestOptions);
    requestOptions.agent = this.#agent;
    // The case has the last word, also on the token that the kubeconfig brings.
    requestOptions.headers = { ...lowerCased(requestOptions.headers), ...options.headers };
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(url, requestOptions, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const contentType = response.headers['content-type'] ?? '';
          const text = Buffer.concat(chunks).toString();
          const body = (contentType.startsWith('application/json') ? JSON.parse(text) : text) as T;
          resolve({ status: response.statusCode ?? 0, contentType, body });
        });
      });
      sent.on('error', reject);
      sent.end(typeof options.body === 'string' ? options.body : JSON.stringify(options.body));
    });
  }
}

function lowerCased(headers: RequestOptions['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...headers }).map(([name, value]) => [name.toLowerCase(), String(value)]));
}
