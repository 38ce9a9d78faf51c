import type { CollectProblem } from '#shared/contracts/loop.js';
import { labelOrAnnotation, labels } from '#shared/kube/names.js';
import type { Deployment, Pod, ReplicaSet } from '#shared/kube/wire.js';
import { objectName, type ManagedServer } from './managed-server.js';
import { podsByDeployment } from './owned-pods.js';

export interface Found {
  servers: ManagedServer[];
  /** The other managed Deployments. */
  unhandled: ManagedServer[];
  /** Pods of no managed Deployment that say on which accelerator they are: on their way out after it, say. */
  strays: Pod[];
  problems: CollectProblem[];
}

/**
 * The servers among the managed Deployments, by name. One without name or model is none, and of two with the same name neither is:
 * whatever were decided could hit the wrong one.
 */
export function findServers(deployments: readonly Deployment[], replicaSets: readonly ReplicaSet[], pods: readonly Pod[]): Found {
  const problems: CollectProblem[] = [];
  const present = deployments.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  const podsOf = podsByDeployment(present, replicaSets, pods);
  const unhandled: ManagedServer[] = [];
  const byName = new Map<string, ManagedServer[]>();
  for (const deployment of present) {
    const name = labelOrAnnotation(deployment.metadata, labels.name) ?? '';
    const model = labelOrAnnotation(deployment.metadata, labels.model) ?? '';
    const server = { name, model, deployment, pods: podsOf.get(deployment.metadata?.uid ?? '') ?? [] };
    if (name === '' || model === '') {
      const key = name === '' ? labels.name : labels.model;
      const named = name === '' ? {} : { server: name };
      problems.push({ object: objectName(deployment), ...named, code: 'missing-label', reason: `label ${key} is needed` });
    }
    if (name === '') unhandled.push(server);
    else byName.set(name, [...(byName.get(name) ?? []), server]);
  }

  const servers: ManagedServer[] = [];
  for (const [name, named] of byName) {
    const [only] = named;
    if (named.length === 1 && only !== undefined) {
      (only.model === '' ? unhandled : servers).push(only);
      continue;
    }
    unhandled.push(...named);
    const objects = named.map(({ deployment }) => objectName(deployment)).sort();
    const reason = `server ${name} is ${objects.join(' and ')}; none of them is handled`;
    problems.push(...objects.map((object) => ({ object, server: name, code: 'duplicate-server' as const, reason })));
  }
  servers.sort((left, right) => (left.name < right.name ? -1 : 1));
  const owned = new Set([...podsOf.values()].flat());
  const strays = pods.filter((pod) => !owned.has(pod) && labelOrAnnotation(pod.metadata, labels.accelerator) !== undefined);
  return { servers, unhandled, strays, problems };
}
