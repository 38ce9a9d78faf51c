import type { Clock } from '#shared/clock/clock.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import { isNotFound } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { KubeObject } from '#shared/kube/wire.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { metaOf, namespaceOf, nameOf, uidOf } from './object-feed.js';
import { toTimestamp } from './timestamps.js';

export interface EventSubject {
  /** In whose name the event is written, for example `deployment-controller`. */
  component: string;
  apiVersion: string;
  kind: string;
  object: KubeObject;
}

export interface EventRecorder {
  /** Tells of something that happened to an object; never fails, and never makes the caller wait. */
  record(subject: EventSubject, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Drops what is not sent yet and waits for what is under way. */
  stop(): Promise<void>;
}

interface Recorded {
  namespace: string;
  name: string;
  count: number;
}

type Send = () => Promise<void>;

/** Events are the least important writes: a few at a time, so that they never crowd out the work they tell of. */
const SENDERS = 4;
/** Repetitions are counted on the first event; of this many events the names are remembered for that. */
const REMEMBERED = 4096;
/** Beyond this the oldest unsent are dropped: an API server that is away must not fill our memory. */
const LONGEST_QUEUE = 10_000;

/** Writes core/v1 Events; the same event again raises the count of the first. */
export function createEventRecorder(options: { client: KubeClient; clock: Clock; logger: Logger }): EventRecorder {
  const { client, clock, logger } = options;
  const remembered = new Map<string, Recorded>();
  const queue: Send[] = [];
  let sending = 0;
  let sequence = 0;
  let stopped = false;
  let onIdle: () => void = () => undefined;

  function record(subject: EventSubject, type: string, reason: string, message: string): void {
    if (stopped) return;
    const at = toTimestamp(clock.now());
    const key = JSON.stringify([subject.component, subject.kind, uidOf(subject.object), type, reason, message]);
    const name = eventName(subject.object);
    if (queue.length >= LONGEST_QUEUE) queue.shift();
    queue.push(() => send(key, { subject, type, reason, message, at, name }));
    dispatch();
  }

  function eventName(object: KubeObject): string {
    // Unique over restarts by the time, within one run by the sequence.
    sequence += 1;
    return `${nameOf(object)}.${clock.now().toString(16)}${(sequence % 0xffff).toString(16).padStart(4, '0')}`;
  }

  async function send(key: string, event: EventToSend): Promise<void> {
    const known = remembered.get(key);
    if (known === undefined) return create(key, event);
    const count = known.count + 1;
    try {
      await client.patch(paths.events(known.namespace, known.name), 'merge', { count, lastTimestamp: event.at });
      remember(key, { ...known, count });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await create(key, event);
    }
  }

  async function create(key: string, { subject, type, reason, message, at, name }: EventToSend): Promise<void> {
    const { component, apiVersion, kind, object } = subject;
    const namespace = namespaceOf(object) === '' ? 'default' : namespaceOf(object);
    const { resourceVersion } = metaOf(object);
    // Remembered before the answer: a repetition that is sent meanwhile must find it.
    remember(key, { namespace, name, count: 1 });
    try {
      await client.create(paths.events(namespace), {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: {
          apiVersion,
          kind,
          name: nameOf(object),
          uid: uidOf(object),
          ...(namespaceOf(object) === '' ? {} : { namespace }),
          ...(resourceVersion === undefined ? {} : { resourceVersion }),
        },
        type,
        reason,
        message,
        source: { component },
        reportingComponent: component,
        firstTimestamp: at,
        lastTimestamp: at,
        count: 1,
      });
    } catch (error) {
      remembered.delete(key);
      throw error;
    }
  }

  function remember(key: string, recorded: Recorded): void {
    remembered.delete(key);
    remembered.set(key, recorded);
    if (remembered.size <= REMEMBERED) return;
    const [oldest] = remembered.keys();
    if (oldest !== undefined) remembered.delete(oldest);
  }

  function dispatch(): void {
    while (sending < SENDERS) {
      const next = queue.shift();
      if (next === undefined) return;
      sending += 1;
      void next()
        .catch((error: unknown) => logger.debug('event not recorded', { error: errorText(error) }))
        .finally(() => {
          sending -= 1;
          if (stopped && sending === 0) onIdle();
          dispatch();
        });
    }
  }

  return {
    record,
    stop: () => {
      stopped = true;
      queue.length = 0;
      return sending === 0 ? Promise.resolve() : new Promise((resolve) => (onIdle = resolve));
    },
  };
}

interface EventToSend {
  subject: EventSubject;
  type: string;
  reason: string;
  message: string;
  at: string;
  name: string;
}
