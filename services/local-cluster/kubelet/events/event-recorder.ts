import { randomBytes } from 'node:crypto';
import type { Clock } from '#shared/clock/clock.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import { isNotFound, KubeError } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { KubeEvent, KubeObject } from '#shared/kube/wire.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { wireTime } from '../kube-types.js';
import { createWorkQueue } from '../work-queue.js';

export interface EventInput {
  object: KubeObject & { apiVersion: string; kind: string };
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** Container that it is about. */
  container?: string | undefined;
  /** Node that reports it. */
  node?: string | undefined;
}

export interface EventRecorder {
  record(event: EventInput): void;
  stop(): Promise<void>;
}

/** The same thing again within this time only raises the count, and that is written once per this time. */
const COUNT_EVERY_MS = 10_000;
/** Distinct events that are remembered for counting; the oldest is forgotten first. */
const MOST_REMEMBERED = 4_096;
/** Writes that may wait; events are dropped beyond it, as they are best effort. */
const MOST_WAITING = 2_000;
const CONCURRENCY = 4;

interface Remembered {
  input: EventInput;
  name: string;
  firstMs: number;
  lastMs: number;
  count: number;
  writtenCount: number;
}

/** Writes events as the kubelet does: one object per thing that happens, whose count rises when it happens again. */
export function createEventRecorder(client: KubeClient, clock: Clock, logger: Logger): EventRecorder {
  const remembered = new Map<string, Remembered>();
  const queue = createWorkQueue({
    process: write,
    concurrency: CONCURRENCY,
    clock,
    firstRetryMs: 1_000,
    longestRetryMs: 10_000,
    onError: (key, error) => logger.debug('event not written', { key, error: errorText(error) }),
  });

  async function write(key: string): Promise<void> {
    const event = remembered.get(key);
    if (event === undefined || event.count === event.writtenCount) return;
    const { count } = event;
    try {
      await send(event);
    } catch (error) {
      // Refused (the namespace is going, the object is gone): trying again would not help. No answer: it would.
      if (!(error instanceof KubeError) || error.status === 0 || error.status >= 500 || error.status === 429) throw error;
      logger.debug('event refused', { key, error: error.message });
    }
    event.writtenCount = count;
    if (event.count !== count) queue.add(key, COUNT_EVERY_MS);
  }

  async function send(event: Remembered): Promise<void> {
    const namespace = event.input.object.metadata?.namespace ?? 'default';
    if (event.writtenCount > 0) {
      const change = { count: event.count, lastTimestamp: wireTime(event.lastMs) };
      try {
        await client.patch(paths.events(namespace, event.name), 'merge', change);
        return;
      } catch (error) {
        // Events expire on the server; the next one of a kind is then a new object.
        if (!isNotFound(error)) throw error;
        event.name = eventName(event.input);
      }
    }
    await client.create(paths.events(namespace), eventObject(event, namespace));
  }

  return {
    record: (input) => {
      const key = keyOf(input);
      const nowMs = clock.now();
      const known = remembered.get(key);
      if (known !== undefined) {
        known.count++;
        known.lastMs = nowMs;
        queue.add(key, COUNT_EVERY_MS);
        return;
      }
      if (queue.size >= MOST_WAITING) return;
      if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value ?? '');
      remembered.set(key, { input, name: eventName(input), firstMs: nowMs, lastMs: nowMs, count: 1, writtenCount: 0 });
      queue.add(key);
    },
    stop: () => queue.stop(),
  };
}

function keyOf({ object, type, reason, message, container = '' }: EventInput): string {
  return [object.kind, object.metadata?.uid, container, type, reason, message].join('\n');
}

function eventName({ object }: EventInput): string {
  return `${object.metadata?.name ?? 'unknown'}.${randomBytes(8).toString('hex')}`;
}

function eventObject({ input, name, firstMs, lastMs, count }: Remembered, namespace: string): KubeEvent {
  const { object, type, reason, message, container, node } = input;
  const { metadata } = object;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      ...(metadata?.namespace === undefined ? {} : { namespace: metadata.namespace }),
      ...(metadata?.name === undefined ? {} : { name: metadata.name }),
      ...(metadata?.uid === undefined ? {} : { uid: metadata.uid }),
      ...(metadata?.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
      ...(container === undefined ? {} : { fieldPath: `spec.containers{${container}}` }),
    },
    type,
    reason,
    message,
    count,
    firstTimestamp: wireTime(firstMs),
    lastTimestamp: wireTime(lastMs),
    source: { component: 'kubelet', ...(node === undefined ? {} : { host: node }) },
    reportingComponent: 'kubelet',
    reportingInstance: node ?? '',
  };
}
