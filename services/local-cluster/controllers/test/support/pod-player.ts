import type { KubeConfig } from '@kubernetes/client-node';
import { sleep } from '#shared/clock/clock.js';
import { realClock } from '#shared/clock/real-clock.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import { KubeError } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import { createWatchCache, type WatchCache } from '#shared/kube/watch-cache.js';
import type { Pod } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import { isBeingDeleted, nameOf, namespaceOf, uidOf } from '../../machinery/object-feed.js';
import { toTimestamp } from '../../machinery/timestamps.js';

const RETRY_MS = 50;

/** In place of a kubelet: pods on a node are ready at once, pods that are being deleted go at once. */
export interface PodPlayer {
  pods: WatchCache<Pod>;
  /** From now on new pods stay as they are. */
  holdReadiness(): void;
  stop(): Promise<void>;
}

export async function startPodPlayer(kubeConfig: KubeConfig, client: KubeClient): Promise<PodPlayer> {
  const pods = createWatchCache<Pod>({ kubeConfig, client, path: paths.pods(), clock: realClock, logger: silentLogger });
  const underWay = new Set<Promise<unknown>>();
  let isHolding = false;
  let isStopped = false;
  pods.onChange((type, pod) => {
    if (type === 'deleted' || pod.spec?.nodeName === undefined) return;
    if (isBeingDeleted(pod)) track(answered(() => remove(pod)));
    else if (!isHolding && pod.status?.phase === 'Pending') track(answered(() => makeReady(pod)));
  });
  await pods.start();

  function track(call: Promise<unknown>): void {
    const settled = call.catch(ignoreLateness).finally(() => underWay.delete(settled));
    underWay.add(settled);
  }

  /** No other event may tell of this pod again: a call that got no answer has to be made again. */
  async function answered(call: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await call();
        return;
      } catch (error) {
        if (isStopped || !(error instanceof KubeError) || error.status !== 0) throw error;
      }
      await sleep(realClock, RETRY_MS);
    }
  }

  function remove(pod: Pod): Promise<unknown> {
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: uidOf(pod) } };
    return client.delete(paths.pods(namespaceOf(pod), nameOf(pod)), options);
  }

  function makeReady(pod: Pod): Promise<unknown> {
    const now = toTimestamp(realClock.now());
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: now }];
    const patch = { metadata: { uid: uidOf(pod) }, status: { phase: 'Running', startTime: now, conditions } };
    return client.patch(paths.pods(namespaceOf(pod), nameOf(pod), 'status'), 'strategic', patch);
  }

  return {
    pods,
    holdReadiness: () => (isHolding = true),
    stop: async () => {
      isStopped = true;
      pods.stop();
      await Promise.all(underWay);
    },
  };
}

/** Gone, or another pod of that name, by now; or nobody there to tell, at the end. */
function ignoreLateness(error: unknown): void {
  if (!(error instanceof KubeError) || ![0, 404, 409].includes(error.status)) throw error;
}
