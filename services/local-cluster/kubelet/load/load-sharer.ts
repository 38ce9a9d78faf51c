import type { Clock } from '#shared/clock/clock.js';
import type { WatchCache } from '#shared/kube/watch-cache.js';
import type { Deployment, Pod, ReplicaSet } from '#shared/kube/wire.js';
import { isPodReady } from '../pods/is-pod-ready.js';
import { readLoadLabels, shareLoad, type OfferedLoad } from './offered-load.js';
import type { Owners } from './owners.js';

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

/** Changes come in crowds (a rollout), and one pass over 2 000 pods takes about a millisecond: so one pass for all of a moment. */
const GATHER_MS = 100;

interface Known {
  load: OfferedLoad | undefined;
  problem: string | undefined;
}

/**
 * Shares the load that a Deployment's labels say equally over its pods that are ready and not being deleted, whenever the labels or
 * that set change.
 */
export function startLoadSharer(options: LoadSharerOptions): { stop(): void } {
  const { pods, replicaSets, deployments, owners, clock, offer, onInvalid } = options;
  let known = new Map<string, Known>();
  let cancel: (() => void) | undefined;

  function read(deployment: Deployment, before: Known | undefined): Known {
    const labelled = readLoadLabels(deployment.metadata);
    if (labelled.kind === 'load') return { load: labelled.load, problem: undefined };
    if (labelled.kind === 'none') return { load: undefined, problem: undefined };
    if (before?.problem !== labelled.problem) onInvalid(deployment, labelled.problem);
    return { load: before?.load, problem: labelled.problem };
  }

  function shareAll(): void {
    cancel = undefined;
    const groups = groupByDeployment(pods.list(), owners);
    const next = new Map<string, Known>();
    for (const [uid, { deployment, pods: group }] of groups) {
      const now = deployment === undefined ? NO_LOAD : read(deployment, known.get(uid));
      next.set(uid, now);
      const serving = group.filter(takesLoad);
      const part = now.load === undefined ? undefined : shareLoad(now.load, serving.length);
      for (const pod of group) offer(pod.metadata?.uid ?? '', takesLoad(pod) ? part : undefined);
    }
    known = next;
  }

  const touch = (): void => {
    cancel ??= clock.schedule(GATHER_MS, shareAll);
  };
  const unsubscribe = [pods.onChange(touch), replicaSets.onChange(touch), deployments.onChange(touch)];
  touch();
  return {
    stop: () => {
      cancel?.();
      for (const end of unsubscribe) end();
    },
  };
}

const NO_LOAD: Known = { load: undefined, problem: undefined };

function takesLoad(pod: Pod): boolean {
  return isPodReady(pod) && pod.metadata?.deletionTimestamp === undefined;
}

/** By uid of the Deployment; all pods without one are in one group. */
function groupByDeployment(pods: readonly Pod[], owners: Pick<Owners, 'deploymentOf'>) {
  const groups = new Map<string, { deployment: Deployment | undefined; pods: Pod[] }>();
  for (const pod of pods) {
    const deployment = owners.deploymentOf(pod);
    const uid = deployment?.metadata?.uid ?? '';
    const group = groups.get(uid) ?? { deployment, pods: [] };
    group.pods.push(pod);
    groups.set(uid, group);
  }
  return groups;
}
