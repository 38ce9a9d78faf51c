import type { Deployment, KubeObject, Pod, ReplicaSet } from '#shared/kube/wire.js';

/**
 * Deployment uid → its pods, by the controller references of the pods to ReplicaSets and of those to Deployments. A label alone makes
 * no pod belong: anybody can set one.
 */
export function podsByDeployment(
  deployments: readonly Deployment[],
  replicaSets: readonly ReplicaSet[],
  pods: readonly Pod[],
): Map<string, Pod[]> {
  const known = new Set(deployments.map(({ metadata }) => metadata?.uid ?? ''));
  const ownerOfReplicaSet = new Map(replicaSets.map((one) => [one.metadata?.uid ?? '', controllerOf(one, 'Deployment')]));
  const owned = new Map<string, Pod[]>();
  for (const pod of pods) {
    const deployment = ownerOfReplicaSet.get(controllerOf(pod, 'ReplicaSet') ?? '');
    if (deployment === undefined || !known.has(deployment)) continue;
    const siblings = owned.get(deployment);
    if (siblings === undefined) owned.set(deployment, [pod]);
    else siblings.push(pod);
  }
  for (const siblings of owned.values()) siblings.sort((left, right) => compare(nameOf(left), nameOf(right)));
  return owned;
}

function controllerOf({ metadata }: KubeObject, kind: string): string | undefined {
  return metadata?.ownerReferences?.find((owner) => owner.controller === true && owner.kind === kind)?.uid;
}

function nameOf({ metadata }: KubeObject): string {
  return metadata?.name ?? '';
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
