import type { Clock } from '#shared/clock/clock.js';
import type { WatchCache } from '#shared/kube/watch-cache.js';
import type { Deployment, KubeObject, Pod, ReplicaSet } from '#shared/kube/wire.js';
import { isPodReady } from '../pods/is-pod-ready.js';
import { readLoadLabels, shareLoad, type OfferedLoad } from './offered-load.js';
import { controllerOf, type Owners } from './owners.js';
import { PodGroups } from './pod-groups.js';

export interface LoadSharerOptions {
  pods: Pick<WatchCache<Pod>, 'list' | 'onChange'>;
  replicaSets: Pick<WatchCache<ReplicaSet>, 'onChange'>;
  deployments: Pick<WatchCache<Deployment>, 'onChange'>;
  owners: Pick<Owners, 'deploymentOf'>;
  clock: Clock;
  /** Tells the server behind a pod its load, whether it changed or not; pods of other kubelets are among them. */
  offer: (podUid: string, load: OfferedLoad | undefined) => void;
  /** Load labels that cannot be read; the load stays as it was. Once per change of what is wrong. */
  onInvalid: (deployment: Deployment, problem: string) => void;
}

/** Changes come in crowds (a rollout): one pass for all of a moment. */
const GATHER_MS = 100;

interface Known {
  load: OfferedLoad | undefined;
  problem: string | undefined;
}

/**
 * Shares the load that a Deployment's labels say equally over its pods that are ready and not being deleted, whenever the labels or
 * that set change. A pass looks at the Deployments of what has changed, so that the work grows with the changes and not with the fleet.
 */
export function startLoadSharer(options: LoadSharerOptions): { stop(): void } {
  const { pods, replicaSets, deployments, owners, clock, offer, onInvalid } = options;
  const groups = new PodGroups((pod) => owners.deploymentOf(pod)?.metadata?.uid);
  const known = new Map<string, Known>();
  let cancel: (() => void) | undefined;

  function read(deployment: Deployment, before: Known | undefined): Known {
    const labelled = readLoadLabels(deployment.metadata);
    if (labelled.kind === 'load') return { load: labelled.load, problem: undefined };
    if (labelled.kind === 'none') return { load: undefined, problem: undefined };
    if (before?.problem !== labelled.problem) onInvalid(deployment, labelled.problem);
    return { load: before?.load, problem: labelled.problem };
  }

  function shareChanged(): void {
    cancel = undefined;
    for (const uid of groups.takeChanged()) share(uid, groups.podsOf(uid));
  }

  function share(uid: string, group: readonly Pod[]): void {
    const [first] = group;
    const deployment = first === undefined ? undefined : owners.deploymentOf(first);
    const now = deployment === undefined ? NO_LOAD : read(deployment, known.get(uid));
    if (first === undefined) known.delete(uid);
    else known.set(uid, now);
    const serving = group.filter(takesLoad);
    const part = now.load === undefined ? undefined : shareLoad(now.load, serving.length);
    for (const pod of group) offer(pod.metadata?.uid ?? '', takesLoad(pod) ? part : undefined);
  }

  const soon = (): void => {
    cancel ??= clock.schedule(GATHER_MS, shareChanged);
  };
  const unsubscribe = [
    pods.onChange((type, pod, previous) => {
      if (isAnother(pod, previous)) groups.remove(previous);
      if (type === 'deleted') groups.remove(pod);
      else groups.place(pod);
      soon();
    }),
    replicaSets.onChange((type, replicaSet, previous) => {
      const owner = controllerOf(replicaSet.metadata, 'Deployment')?.uid;
      const before = controllerOf(previous?.metadata, 'Deployment')?.uid;
      if (type === 'modified' && owner === before && !isAnother(replicaSet, previous)) return;
      groups.ownersChanged(before ?? owner);
      soon();
    }),
    deployments.onChange((type, deployment, previous) => {
      if (type === 'modified' && !isAnother(deployment, previous)) groups.touch(deployment.metadata?.uid);
      else groups.ownersChanged(previous?.metadata?.uid ?? deployment.metadata?.uid);
      soon();
    }),
  ];
  for (const pod of pods.list()) groups.place(pod);
  soon();
  return {
    stop: () => {
      cancel?.();
      for (const end of unsubscribe) end();
    },
  };
}

const NO_LOAD: Known = { load: undefined, problem: undefined };

/** One that came in the place of another of the same name, between two lists. */
function isAnother<T extends KubeObject>(object: T, previous: T | undefined): previous is T {
  return previous !== undefined && previous.metadata?.uid !== object.metadata?.uid;
}

function takesLoad(pod: Pod): boolean {
  return isPodReady(pod) && pod.metadata?.deletionTimestamp === undefined;
}
