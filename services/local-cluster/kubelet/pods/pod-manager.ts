import { isDeepStrictEqual } from 'node:util';
import { isConflict, isNotFound } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { ChangeType, WatchCache } from '#shared/kube/watch-cache.js';
import type { Pod } from '#shared/kube/wire.js';
import { errorText } from '#shared/observe/logger.js';
import { PORT_ANNOTATION } from '../addresses/address-book.js';
import type { PodStatus } from '../kube-types.js';
import type { OfferedLoad } from '../load/offered-load.js';
import { createWorkQueue } from '../work-queue.js';
import type { PodServices } from './pod-services.js';
import { PodWorker } from './pod-worker.js';

export interface PodManager {
  offerLoad(podUid: string, load: OfferedLoad | undefined): void;
  /** The pod of that name that this kubelet runs. */
  find(namespace: string, name: string): Pod | undefined;
  /** Ends everything at once and leaves the API as it is. */
  stop(): Promise<void>;
}

export interface PodManagerOptions {
  services: PodServices;
  pods: WatchCache<Pod>;
  /** Whether pods bound to this node are run here. */
  isOurNode: (nodeName: string) => boolean;
}

const WRITES_AT_A_TIME = 16;

/** Runs the pods that are bound to our nodes, and keeps the API informed: a write only where something changed, a few at a time. */
export function startPodManager({ services, pods, isOurNode }: PodManagerOptions): PodManager {
  const { client, clock, logger } = services;
  const workers = new Map<string, PodWorker>();
  const ending = new Set<Promise<void>>();
  const queue = createWorkQueue({
    process: sync,
    concurrency: WRITES_AT_A_TIME,
    clock,
    onError: (uid, error, retryInMs) => {
      const level = isConflict(error) ? 'debug' : 'warn';
      logger[level]('pod status not written', { pod: uid, error: errorText(error), retryInMs });
    },
  });

  function changed(type: ChangeType, pod: Pod, previous: Pod | undefined): void {
    const uid = pod.metadata?.uid ?? '';
    const before = previous?.metadata?.uid;
    // Deleted and made anew under its name while we did not look.
    if (before !== undefined && before !== uid) drop(before);
    if (type === 'deleted') {
      drop(uid);
      return;
    }
    if (!isOurNode(pod.spec?.nodeName ?? '')) return;
    const known = workers.get(uid);
    if (known === undefined) take(uid, pod);
    else known.see(pod);
    queue.add(uid);
  }

  function take(uid: string, pod: Pod): void {
    const worker = new PodWorker({ services, pod, onChange: () => queue.add(uid) });
    workers.set(uid, worker);
    worker.start();
  }

  function drop(uid: string): void {
    const worker = workers.get(uid);
    if (worker === undefined) return;
    workers.delete(uid);
    services.logs.drop(uid);
    const end = worker.kill().finally(() => ending.delete(end));
    ending.add(end);
  }

  async function sync(uid: string): Promise<void> {
    const worker = workers.get(uid);
    if (worker === undefined) return;
    try {
      await annotatePort(worker);
      await writeStatus(worker);
      if (worker.terminated) await remove(worker);
    } catch (error) {
      if (isNotFound(error)) return;
      if (isConflict(error)) await refresh(worker);
      throw error;
    }
  }

  async function annotatePort(worker: PodWorker): Promise<void> {
    const { annotatedPort } = worker.address ?? {};
    const { metadata } = worker.pod;
    if (annotatedPort === undefined || metadata?.annotations?.[PORT_ANNOTATION] === String(annotatedPort)) return;
    const change = { metadata: { uid: worker.uid, annotations: { [PORT_ANNOTATION]: String(annotatedPort) } } };
    worker.see(await client.patch<Pod>(pathOf(worker.pod), 'merge', change));
  }

  async function writeStatus(worker: PodWorker): Promise<void> {
    const { pod } = worker;
    const change = statusChange(pod.status, worker.status());
    if (change === undefined) return;
    const { resourceVersion } = pod.metadata ?? {};
    // With both, the patch is refused if the pod is another by now, or if its conditions were changed by someone else meanwhile.
    const body = { metadata: { uid: worker.uid, resourceVersion }, status: change };
    worker.see(await client.patch<Pod>(pathOf(pod, 'status'), 'merge', body));
  }

  async function remove({ pod, uid }: PodWorker): Promise<void> {
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } };
    await client.delete(pathOf(pod), options);
  }

  async function refresh(worker: PodWorker): Promise<void> {
    const fresh = await client.get<Pod>(pathOf(worker.pod));
    if (fresh.metadata?.uid === worker.uid) worker.see(fresh);
    else drop(worker.uid);
  }

  for (const pod of pods.list()) changed('added', pod, undefined);
  const unsubscribe = pods.onChange(changed);
  return {
    offerLoad: (podUid, load) => workers.get(podUid)?.offerLoad(load),
    find: (namespace, name) => {
      const pod = pods.get(namespace, name);
      return pod !== undefined && workers.has(pod.metadata?.uid ?? '') ? pod : undefined;
    },
    stop: async () => {
      unsubscribe();
      const stopped = queue.stop();
      for (const uid of [...workers.keys()]) drop(uid);
      await Promise.all([stopped, ...ending]);
    },
  };
}

/** The fields of `desired` that the API shows otherwise; undefined: none. */
export function statusChange(shown: PodStatus | undefined, desired: PodStatus | undefined): Partial<PodStatus> | undefined {
  const entries = Object.entries(desired ?? {}).filter(
    ([key, value]) => !isDeepStrictEqual(value, shown?.[key as keyof PodStatus]),
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function pathOf({ metadata }: Pod, subresource?: string): string {
  return paths.pods(metadata?.namespace, metadata?.name ?? '', subresource);
}
