import type { Placement } from '#shared/contracts/loop.js';
import { labels, NODE_ACCELERATOR_LABEL } from '#shared/kube/names.js';
import type { Deployment } from '#shared/kube/wire.js';
import type { DeploymentPatch } from '../../core/patch.js';
import { strategicMerge } from '#shared/testing/strategic-merge.js';

export const MODEL = 'granite_13b';

export interface DeploymentOptions {
  name?: string;
  accelerator?: string;
  replicas?: number;
  /** Cards per pod. */
  cards?: number;
  args?: readonly string[];
  maxBatch?: number;
}

/** A managed Deployment of three replicas on A100, rolled out, as yamls/workload has them. */
export function deployment(options: DeploymentOptions = {}): Deployment {
  const { name = 'dep1', accelerator = 'A100', replicas = 3, cards = 1, maxBatch = 64 } = options;
  const args = [...(options.args ?? ['--model', 'some/model', '--max-num-seqs', String(maxBatch)])];
  return rolledOut({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: 'infer',
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      labels: {
        app: name,
        [labels.managed]: 'true',
        [labels.name]: `server-${name}`,
        [labels.model]: MODEL,
        [labels.accelerator]: accelerator,
        [labels.maxBatchSize]: String(maxBatch),
      },
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      template: {
        metadata: { labels: { app: name, [labels.accelerator]: accelerator } },
        spec: {
          terminationGracePeriodSeconds: 330,
          nodeSelector: { [NODE_ACCELERATOR_LABEL]: accelerator, zone: 'a' },
          containers: [
            { name: 'sidecar', image: 'sidecar' },
            {
              name: 'vllm',
              image: 'vllm',
              args,
              lifecycle: { preStop: { sleep: { seconds: 5 } } },
              resources: {
                limits: { cpu: '1', [`inferno.io/${accelerator}`]: String(cards) },
                requests: { cpu: '1', [`inferno.io/${accelerator}`]: String(cards) },
              },
            },
          ],
        },
      },
    },
  });
}

/** The same Deployment with a status that says: every pod is new and available. */
export function rolledOut(one: Deployment): Deployment {
  const replicas = one.spec?.replicas ?? 1;
  const observedGeneration = one.metadata?.generation ?? 1;
  const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
  return { ...one, status: { observedGeneration, ...counts } };
}

/** What the API server makes of a patch: merged, with a new version and, where the spec changed, a new generation. */
export function applied(one: Deployment, patch: DeploymentPatch | undefined): Deployment {
  const merged = strategicMerge(one, patch ?? {});
  const specChanged = JSON.stringify(merged.spec) !== JSON.stringify(one.spec);
  return {
    ...merged,
    metadata: {
      ...merged.metadata,
      resourceVersion: String(Number(one.metadata?.resourceVersion) + 1),
      generation: (one.metadata?.generation ?? 1) + (specChanged ? 1 : 0),
    },
  };
}

export function placement(type: string, overrides: Partial<Placement> = {}): Placement {
  return {
    nodeSelector: { [NODE_ACCELERATOR_LABEL]: type },
    resource: { name: `inferno.io/${type}`, count: 1 },
    models: { [MODEL]: { accCount: 1 } },
    ...overrides,
  };
}

export const placements: Readonly<Record<string, Placement>> = {
  A100: placement('A100'),
  G2: placement('G2', { models: { [MODEL]: { accCount: 2, pod: { args: ['--tensor-parallel-size', '2'], env: { TP: '2' } } } } }),
  '2xAIU2': placement('AIU2', { resource: { name: 'inferno.io/AIU2', count: 2 } }),
};
