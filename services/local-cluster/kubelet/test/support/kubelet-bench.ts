import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { Clock } from '#shared/clock/clock.js';
import { acceleratorDataSchema, capacityDataSchema, modelDataSchema } from '#shared/contracts/system-data.js';
import { createKubeClient, type KubeClient } from '#shared/kube/kube-client.js';
import { paths } from '#shared/kube/paths.js';
import type { Deployment, KubeEvent, KubeList, Pod } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import type { Container, PodSpec } from '../../kube-types.js';
import { startKubelet, type Kubelet, type KubeletOptions } from '../../start-kubelet.js';
import { fastClock } from './fast-clock.js';

export const data = {
  accelerators: acceleratorDataSchema.parse({
    accelerators: [
      { name: 'A100', type: 'A100', cost: 40, memSize: 80 },
      { name: 'L4', type: 'L4', cost: 6, memSize: 24 },
    ],
  }),
  capacity: capacityDataSchema.parse({
    count: [
      { type: 'A100', count: 40 },
      { type: 'L4', count: 8 },
    ],
  }),
  models: modelDataSchema.parse({
    models: [{ name: 'llama', acc: 'A100', maxBatchSize: 32, atTokens: 512, perfParms: { alpha: 5, beta: 0.01, gamma: 0 } }],
  }),
};

const FASTER = 20;

/** A kubelet on a cluster under test, and what its cases ask of that cluster. */
export class KubeletBench {
  readonly client: KubeClient;
  readonly clock: Clock = fastClock(FASTER);
  readonly #kubeConfig = new KubeConfig();
  #kubelet: Kubelet | undefined;
  #namespaces = 0;

  constructor(kubeconfigPath: string) {
    this.#kubeConfig.loadFromFile(kubeconfigPath);
    this.client = createKubeClient(this.#kubeConfig);
  }

  async startKubelet(overrides: Partial<KubeletOptions> = {}): Promise<Kubelet> {
    const options = { kubeConfig: this.#kubeConfig, clock: this.clock, logger: silentLogger, ...data, ...overrides };
    this.#kubelet = await startKubelet(options);
    return this.#kubelet;
  }

  async stopKubelet(): Promise<void> {
    await this.#kubelet?.stop();
    this.#kubelet = undefined;
  }

  async stop(): Promise<void> {
    await this.stopKubelet();
    this.client.close();
  }

  async namespace(): Promise<string> {
    const name = `kubelet-${++this.#namespaces}`;
    await this.client.create(paths.namespaces(), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return name;
  }

  pod(namespace: string, name: string): Promise<Pod> {
    return this.client.get<Pod>(paths.pods(namespace, name));
  }

  async pods(namespace: string): Promise<Pod[]> {
    return (await this.client.get<KubeList<Pod>>(paths.pods(namespace))).items;
  }

  async readyPods(namespace: string, count: number): Promise<Pod[]> {
    const ready = (await this.pods(namespace)).filter((pod) => conditionOf(pod, 'Ready') === 'True');
    expect(ready).to.have.length(count);
    return ready;
  }

  async events(namespace: string, kind: string): Promise<{ reason: string; message: string; count: number }[]> {
    const { items } = await this.client.get<KubeList<KubeEvent>>(paths.events(namespace));
    return items
      .filter(({ involvedObject }) => involvedObject.kind === kind)
      .map(({ reason = '', message = '', count = 0 }) => ({ reason, message, count }));
  }

  createDeployment(namespace: string, overrides: DeploymentOverrides = {}): Promise<Deployment> {
    return this.client.create<Deployment>(paths.deployments(namespace), deployment(overrides));
  }

  createPod(namespace: string, name: string, spec: Partial<PodSpec>, labels: Record<string, string> = {}): Promise<Pod> {
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers: [idle()], ...spec } };
    return this.client.create<Pod>(paths.pods(namespace), body);
  }
}

export function conditionOf(pod: Pod, type: string): string | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type)?.status;
}

export function idle(overrides: Partial<Container> = {}): Container {
  return { name: 'idle', image: 'registry.example/idle:1', ...overrides };
}

export interface DeploymentOverrides {
  replicas?: number;
  labels?: Record<string, string>;
  podLabels?: Record<string, string>;
  container?: Partial<Container>;
  spec?: Partial<PodSpec>;
}

export const modelLabels = { 'inferno.server.model': 'llama', 'inferno.server.allocation.accelerator': 'A100' };

/** A model server as the shipped manifests have it, ready at once. */
export function deployment({
  replicas = 1,
  labels = {},
  podLabels = modelLabels,
  container,
  spec,
}: DeploymentOverrides): unknown {
  const app = { app: 'vllm' };
  const probe = { httpGet: { path: '/health', port: 'http' }, periodSeconds: 1 };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'vllm', labels: { 'inferno.simulated.startup-seconds': '0', ...labels } },
    spec: {
      replicas,
      selector: { matchLabels: app },
      template: {
        metadata: { labels: { ...app, ...podLabels } },
        spec: {
          nodeSelector: { 'inferno.accelerator': 'A100' },
          containers: [
            {
              name: 'vllm',
              image: 'vllm/vllm-openai:v0.11.0',
              args: ['--model', 'llama', '--max-num-seqs', '32'],
              ports: [{ name: 'http', containerPort: 8000 }],
              resources: { limits: { 'inferno.io/A100': '1' } },
              readinessProbe: probe,
              ...container,
            },
          ],
          ...spec,
        },
      },
    },
  };
}
