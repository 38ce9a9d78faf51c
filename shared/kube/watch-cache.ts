import { type KubeConfig, Watch } from '@kubernetes/client-node';
import { type Clock, sleep } from '#shared/clock/clock.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import type { KubeClient, Query } from './kube-client.js';
import { KubeError } from './kube-error.js';
import type { KubeList, KubeObject } from './wire.js';

export type ChangeType = 'added' | 'modified' | 'deleted';
export type ChangeListener<T> = (type: ChangeType, object: T, previous: T | undefined) => void;

export interface WatchCacheOptions {
  kubeConfig: KubeConfig;
  client: KubeClient;
  /** Collection to follow, for example `/apis/apps/v1/deployments`. */
  path: string;
  query?: Query;
  clock: Clock;
  logger: Logger;
}

export interface WatchCache<T extends KubeObject> {
  /** Resolves when the first list is in; keeps trying until then or until `stop`. */
  start(): Promise<void>;
  stop(): void;
  list(): readonly T[];
  get(namespace: string, name: string): T | undefined;
  /** Called for every change from now on; returns a function that ends it. */
  onChange(listener: ChangeListener<T>): () => void;
  /** Since when (ms since the epoch) the contents may be out of date; undefined while list and watch are in contact. */
  staleSince(): number | undefined;
}

/** A watch is renewed this often, and counts as dead when it outlives that by the grace. */
const WATCH_TIMEOUT_SEC = 300;
const WATCH_GRACE_SEC = 30;
const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 10_000;

/**
 * Follows a collection by list and watch: resumes at the last resourceVersion when a watch ends, lists anew on 410 Gone, backs
 * off while the server is away, and keeps what it knew meanwhile (`staleSince` tells how old that is).
 */
export function createWatchCache<T extends KubeObject>(options: WatchCacheOptions): WatchCache<T> {
  const { client, path, query = {}, clock, logger } = options;
  const watch = new Watch(options.kubeConfig);
  const objects = new Map<string, T>();
  const listeners = new Set<ChangeListener<T>>();
  const stopped = new AbortController();
  let staleSinceMs: number | undefined = clock.now();
  let resourceVersion = '';
  let isLost = false;
  let running: Promise<void> | undefined;

  function loseContact(error: unknown): void {
    if (!isLost) logger.warn('lost contact with the API server; what it said last is kept', { path, error: errorText(error) });
    isLost = true;
    staleSinceMs ??= clock.now();
  }

  function notify(type: ChangeType, object: T, previous: T | undefined): void {
    for (const listener of listeners) listener(type, object, previous);
  }

  function put(object: T): void {
    const key = keyOf(object);
    const previous = objects.get(key);
    if (
      previous?.metadata?.resourceVersion !== undefined &&
      previous.metadata.resourceVersion === object.metadata?.resourceVersion
    )
      return;
    objects.set(key, object);
    notify(previous === undefined ? 'added' : 'modified', object, previous);
  }

  function remove(object: T): void {
    const key = keyOf(object);
    const previous = objects.get(key);
    if (previous === undefined) return;
    objects.delete(key);
    notify('deleted', object, previous);
  }

  async function relist(): Promise<void> {
    const list = await client.get<KubeList<T>>(path, query, stopped.signal);
    const present = new Set(list.items.map(keyOf));
    for (const [key, object] of [...objects]) if (!present.has(key)) remove(object);
    for (const object of list.items) put(object);
    resourceVersion = list.metadata.resourceVersion ?? '';
    staleSinceMs = undefined;
    if (isLost) logger.info('in contact with the API server again', { path });
    isLost = false;
  }

  function follow(): Promise<void> {
    return new Promise((resolve, reject) => {
      let cancelDeadline: () => void = () => undefined;
      let request: AbortController | undefined;
      const onStop = (): void => request?.abort();
      const end = (error?: unknown): void => {
        cancelDeadline();
        stopped.signal.removeEventListener('abort', onStop);
        request?.abort();
        if (error === undefined || error === null) resolve();
        else reject(error instanceof Error ? error : new Error(errorText(error)));
      };
      cancelDeadline = clock.schedule((WATCH_TIMEOUT_SEC + WATCH_GRACE_SEC) * 1000, () =>
        end(new Error('watch outlived its timeout')),
      );
      stopped.signal.addEventListener('abort', onStop, { once: true });
      const onEvent = (phase: string, object: T & { code?: number; reason?: string; message?: string }): void => {
        if (phase === 'ERROR') {
          end(new KubeError(object.code ?? 0, object.reason ?? 'Expired', object.message ?? 'watch failed'));
          return;
        }
        resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
        if (phase === 'DELETED') remove(object);
        else if (phase !== 'BOOKMARK') put(object);
      };
      const parameters = { ...query, resourceVersion, allowWatchBookmarks: true, timeoutSeconds: WATCH_TIMEOUT_SEC };
      watch.watch(path, parameters, onEvent, end).then((controller) => {
        request = controller;
        if (stopped.signal.aborted) controller.abort();
      }, end);
    });
  }

  async function run(onSynced: () => void): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (!stopped.signal.aborted) {
      try {
        if (resourceVersion === '') await relist();
        onSynced();
        const startedMs = clock.now();
        staleSinceMs = undefined;
        await follow();
        // A server that ends every watch at once must not be asked in a tight loop.
        if (clock.now() - startedMs >= 1000) backoffMs = FIRST_BACKOFF_MS;
      } catch (error) {
        if (isStopped()) return;
        const status = statusOf(error);
        if (status === 410) resourceVersion = '';
        else loseContact(error);
      }
      if (isStopped()) return;
      await sleep(clock, backoffMs, stopped.signal).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      // After a failed contact only a list tells what was missed for certain.
      if (staleSinceMs !== undefined) resourceVersion = '';
    }
  }

  function isStopped(): boolean {
    return stopped.signal.aborted;
  }

  return {
    start: () =>
      new Promise((resolve, reject) => {
        running ??= run(resolve);
        running.then(() => reject(new Error(`watch of ${path} stopped before it was in contact`)), reject);
      }),
    stop: () => stopped.abort(new Error('stopped')),
    list: () => [...objects.values()],
    get: (namespace, name) => objects.get(`${namespace}/${name}`),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    staleSince: () => staleSinceMs,
  };
}

function keyOf(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
}

function statusOf(error: unknown): number {
  if (error instanceof KubeError) return error.status;
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : 0;
}
