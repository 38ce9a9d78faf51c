import { ApiException, PatchStrategy, makeInformer, setHeaderOptions } from '@kubernetes/client-node';
import type { CoreV1Api, Informer, KubeConfig, V1Pod, V1PodStatus } from '@kubernetes/client-node';
import { eventually } from './eventually.js';

/**
 * Plays the kubelet on both sides: pods that are bound to a node become ready, pods that are being deleted go. A namespace that is
 * held stays as it is, and the case says itself what happens to its pods.
 */
export class PodPlayer {
  readonly #core: CoreV1Api;
  readonly #informer: Informer<V1Pod>;
  readonly #held = new Set<string>();
  /** By uid and what was done: each is done once, so that no late one undoes what a case has done since. */
  readonly #played = new Set<string>();
  readonly #addresses = new Map<string, string>();
  readonly #failures: unknown[] = [];
  #stopped = false;

  constructor(config: KubeConfig, core: CoreV1Api) {
    this.#core = core;
    this.#informer = makeInformer<V1Pod>(config, '/api/v1/pods', () => core.listPodForAllNamespaces());
    for (const event of ['add', 'update'] as const) this.#informer.on(event, (pod) => void this.#play(pod));
    this.#informer.on('error', (error) => {
      // The client library ends an informer whose watch broke; going on is left to its user.
      void eventually(() => (this.#stopped ? undefined : this.#informer.start())).catch((cause: unknown) =>
        this.#failures.push(cause, error),
      );
    });
  }

  start(): Promise<void> {
    return this.#informer.start();
  }

  /** Throws what went wrong while it played, if anything did. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#informer.stop();
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'the pod player failed');
  }

  /** From now on nothing happens to the pods of this namespace unless the case says so. */
  hold(namespace: string): void {
    this.#held.add(namespace);
  }

  /** What was held back happens now. */
  async release(namespace: string): Promise<void> {
    this.#held.delete(namespace);
    const { items } = await this.#core.listNamespacedPod({ namespace });
    await Promise.all(items.map((pod) => this.#play(pod)));
  }

  ready(pod: V1Pod, since = new Date()): Promise<V1Pod> {
    const address = this.#addressOf(pod);
    return this.#patchStatus(pod, { ...running(pod, true, since), podIP: address, podIPs: [{ ip: address }] });
  }

  unready(pod: V1Pod): Promise<V1Pod> {
    return this.#patchStatus(pod, running(pod, false));
  }

  /** As after the eviction of a pod: it ran, and will not run again. */
  fail(pod: V1Pod): Promise<V1Pod> {
    return this.#patchStatus(pod, { phase: 'Failed', reason: 'Evicted', conditions: readiness(false) });
  }

  /** The last word of a kubelet on a pod that is being deleted. */
  async remove(pod: V1Pod): Promise<void> {
    await this.#core.deleteNamespacedPod({
      ...nameOf(pod),
      body: { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata!.uid! } },
    });
  }

  async #play(pod: V1Pod): Promise<void> {
    if (pod.metadata?.deletionTimestamp !== undefined) await this.#once('remove', pod);
    else if (pod.status?.phase === 'Pending') await this.#once('ready', pod);
  }

  async #once(act: 'remove' | 'ready', pod: V1Pod): Promise<void> {
    if (this.#stopped || this.#held.has(pod.metadata!.namespace!) || pod.spec?.nodeName === undefined) return;
    const key = `${act} ${pod.metadata!.uid!}`;
    if (this.#played.has(key)) return;
    this.#played.add(key);
    try {
      // No other event may tell of this pod again: a call that got no answer has to be made again.
      await eventually(() => (this.#stopped ? undefined : this.#unlessLate(pod, this[act](pod))));
    } catch (error) {
      this.#failures.push(error);
    }
  }

  /** Of a pod that is gone, or another of its name by now, nothing is left to do. Any other failure passes. */
  async #unlessLate(pod: V1Pod, call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      const isGone = (cause: unknown) => cause instanceof ApiException && cause.code === 404;
      const present = isGone(error) ? undefined : await this.#core.readNamespacedPod(nameOf(pod)).catch(() => pod);
      if (present?.metadata?.uid === pod.metadata?.uid) throw error;
    }
  }

  /** A pod keeps its address. */
  #addressOf({ metadata }: V1Pod): string {
    const count = this.#addresses.size + 1;
    const address = this.#addresses.get(metadata!.uid!) ?? `10.1.${Math.floor(count / 250)}.${(count % 250) + 1}`;
    this.#addresses.set(metadata!.uid!, address);
    return address;
  }

  #patchStatus(pod: V1Pod, status: V1PodStatus): Promise<V1Pod> {
    return this.#core.patchNamespacedPodStatus(
      { ...nameOf(pod), body: { metadata: { uid: pod.metadata!.uid! }, status } },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
  }
}

function nameOf(pod: V1Pod): { name: string; namespace: string } {
  return { name: pod.metadata!.name!, namespace: pod.metadata!.namespace! };
}

function running(pod: V1Pod, ready: boolean, since = new Date()): V1PodStatus {
  return {
    phase: 'Running',
    startTime: since,
    conditions: readiness(ready, since),
    containerStatuses: pod.spec!.containers.map(({ name, image }) => ({
      name,
      image: image ?? '',
      imageID: '',
      ready,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: since } },
    })),
  };
}

function readiness(ready: boolean, since = new Date()): V1PodStatus['conditions'] & object {
  const status = ready ? 'True' : 'False';
  return ['Initialized', 'ContainersReady', 'Ready'].map((type) => ({
    type,
    status: type === 'Initialized' ? 'True' : status,
    lastTransitionTime: since,
  }));
}
