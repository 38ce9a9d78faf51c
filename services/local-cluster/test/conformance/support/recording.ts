import { Watch } from '@kubernetes/client-node';
import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node';
import { eventually } from './eventually.js';

export interface WatchEvent<T extends KubernetesObject> {
  readonly type: string;
  readonly object: T;
}

/** Everything that one watch sends, in order, until it is stopped. */
export interface Recording<T extends KubernetesObject> {
  readonly events: readonly WatchEvent<T>[];
  /** Waits for the first event that matches. */
  until(matches: (event: WatchEvent<T>) => boolean): Promise<WatchEvent<T>>;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts a watch; it is open when this resolves. `initial` is what the caller has listed before it. */
export async function record<T extends KubernetesObject>(
  config: KubeConfig,
  path: string,
  params: Record<string, string | number | boolean> = {},
  initial: readonly T[] = [],
): Promise<Recording<T>> {
  const events: WatchEvent<T>[] = initial.map((object) => ({ type: 'ADDED', object }));
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const watch = await new Watch(config).watch(
    path,
    params,
    (type, object: T) => events.push({ type, object }),
    () => end(),
  );
  return {
    events,
    ended,
    until: (matches) =>
      eventually(() => {
        const event = events.find(matches);
        if (event !== undefined) return event;
        throw new Error(
          `no such event among ${JSON.stringify(events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ''}`))}`,
        );
      }),
    stop: async () => {
      watch.abort();
      await ended;
    },
  };
}
