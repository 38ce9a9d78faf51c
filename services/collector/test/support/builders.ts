import { labels, NODE_ACCELERATOR_LABEL } from '#shared/kube/names.js';
import type { Deployment, Pod, ReplicaSet } from '#shared/kube/wire.js';
import type { ManagedServer } from '../../core/managed-server.js';
import type { EngineSample } from '../../core/metrics/engine-sample.js';
import { freshSample } from '../../core/metrics/growth.js';

export interface DeploymentOptions {
  name?: string;
  replicas?: number;
  /** Over the usual ones; undefined removes a label. */
  labels?: Record<string, string | undefined>;
  annotations?: Record<string, string>;
  args?: string[];
  templateLabels?: Record<string, string>;
}

/** A managed Deployment with all that it needs, rolled out. */
export function deployment(options: DeploymentOptions = {}): Deployment {
  const { name = 'dep1', replicas = 1 } = options;
  const given: Record<string, string | undefined> = {
    [labels.managed]: 'true',
    [labels.name]: `server-${name}`,
    [labels.model]: 'granite_13b',
    [labels.accelerator]: 'A100',
    [labels.maxBatchSize]: '64',
    ...options.labels,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: 'infer',
      uid: `uid-${name}`,
      generation: 1,
      labels: Object.fromEntries(Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
      annotations: options.annotations ?? {},
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, ...(options.templateLabels ?? { [labels.accelerator]: 'A100' }) } },
        spec: {
          nodeSelector: { [NODE_ACCELERATOR_LABEL]: 'A100' },
          containers: [{ name: 'vllm', image: 'vllm', args: options.args ?? ['--max-num-seqs', '32'] }],
        },
      },
    },
    status: { observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas },
  };
}

export function replicaSet(owner: Deployment): ReplicaSet {
  const name = `${owner.metadata!.name!}-rs`;
  return { metadata: { name, namespace: 'infer', uid: `uid-${name}`, ownerReferences: [controller('Deployment', owner)] } };
}

export interface PodOptions {
  name?: string;
  state?: 'ready' | 'starting' | 'unschedulable' | 'terminating' | 'failed';
  address?: string;
  port?: number;
  accelerator?: string;
}

/** A pod of a Deployment's ReplicaSet, by owner reference. */
export function pod(owner: Deployment, options: PodOptions = {}): Pod {
  const { name = `${owner.metadata!.name!}-pod`, state = 'ready', address = '127.0.0.1', port = 8000 } = options;
  const isPlaced = state !== 'unschedulable';
  const isReady = state === 'ready' || state === 'terminating';
  return {
    metadata: {
      name,
      namespace: 'infer',
      uid: `uid-${name}`,
      labels: { [labels.accelerator]: options.accelerator ?? 'A100' },
      ownerReferences: [controller('ReplicaSet', replicaSet(owner))],
      ...(state === 'terminating' ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: {
      ...(isPlaced ? { nodeName: 'node' } : {}),
      containers: [{ name: 'vllm', ports: [{ containerPort: port }] }],
    },
    status: {
      phase: state === 'failed' ? 'Failed' : isPlaced ? 'Running' : 'Pending',
      ...(isPlaced ? { podIP: address } : {}),
      conditions: [
        { type: 'Ready', status: isReady ? 'True' : 'False' },
        isPlaced
          ? { type: 'PodScheduled', status: 'True' }
          : {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: '0/4 nodes: Insufficient inferno.io/A100',
            },
      ],
    },
  };
}

export function server(owner: Deployment, pods: readonly Pod[]): ManagedServer {
  return { name: `server-${owner.metadata!.name!}`, model: 'granite_13b', deployment: owner, pods };
}

/** A sample at a moment, with everything at zero but what is given. */
export function sample(at: number, figures: Partial<EngineSample> = {}): EngineSample {
  return { ...freshSample(at), ...figures };
}

export interface EngineFigures {
  running?: number;
  waiting?: number;
  completions?: number;
  ttft?: { sum: number; count: number };
  itl?: { sum: number; count: number };
  promptTokens?: { sum: number; count: number };
  generationTokens?: { sum: number; count: number };
}

/** A page of metrics as a vLLM server writes it. */
export function vllmPage(figures: EngineFigures = {}): string {
  const none = { sum: 0, count: 0 };
  const histogram = (name: string, { sum, count }: { sum: number; count: number } = none): string[] => [
    `# HELP ${name} a "histogram", of seconds`,
    `# TYPE ${name} histogram`,
    `${name}_bucket{le="0.1",model_name="m"} 0`,
    `${name}_bucket{le="+Inf",model_name="m"} ${count}`,
    `${name}_count{model_name="m"} ${count}`,
    `${name}_sum{model_name="m"} ${sum}`,
  ];
  const lines = [
    '# TYPE vllm:num_requests_running gauge',
    `vllm:num_requests_running{engine="0",model_name="m"} ${figures.running ?? 0}`,
    `vllm:num_requests_waiting{engine="0",model_name="m"} ${figures.waiting ?? 0}`,
    'vllm:kv_cache_usage_perc{model_name="m"} 2.5e-1',
    '# TYPE vllm:request_success_total counter',
    `vllm:request_success_total{finished_reason="stop",model_name="{m}"} ${figures.completions ?? 0}`,
    'vllm:request_success_total{finished_reason="length",model_name="m\\"x"} 0.0',
    ...histogram('vllm:time_to_first_token_seconds', figures.ttft),
    ...histogram('vllm:inter_token_latency_seconds', figures.itl),
    ...histogram('vllm:request_prompt_tokens', figures.promptTokens),
    ...histogram('vllm:request_generation_tokens', figures.generationTokens),
  ];
  return `${lines.join('\n')}\n`;
}

function controller(kind: string, { metadata }: Deployment | ReplicaSet) {
  return { apiVersion: 'apps/v1', kind, name: metadata!.name!, uid: metadata!.uid!, controller: true };
}
