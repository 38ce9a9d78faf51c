import type { Response } from 'express';
import type { Clock } from '#shared/clock/clock.js';
import type { Kind } from '../kinds/kind.js';
import type { KubeObject } from '../objects.js';
import { badRequest, expired, invalid, type Status } from '../status-error.js';
import type { ObjectStore } from '../store/object-store.js';
import { seenBy, type StoreEvent } from '../store/store-event.js';
import { tableOf, type RowObject } from '../tables/table.js';
import { FieldErrors } from '../validation/field-error.js';
import type { Accepted } from './accept.js';
import { isSet, parseResourceVersion, parseSelectors } from './list-options.js';
import { metadataOf } from './render.js';

const BOOKMARK_PERIOD_MS = 60_000;
const BOOKMARK_BEFORE_END_MS = 2000;
const DEFAULT_TIMEOUT_MS = 45 * 60_000;
/** A watcher that lets this much pile up is cut off; it will list and watch anew. */
const LARGEST_BACKLOG_BYTES = 64 * 1024 * 1024;

export interface WatchRequest {
  kind: Kind;
  namespace: string | undefined;
  query: URLSearchParams;
  accepted: Accepted;
  includeObject: RowObject;
}

interface Start {
  /** Objects to announce first, or the events missed since the resource version that the client names. */
  events: { type: string; object: KubeObject; json?: string }[];
  /** The first bookmark tells that all objects there were have been announced. */
  marksEndOfStart: boolean;
}

/**
 * Streams the changes of a resource until the client goes, the timeout ends or the server closes.
 * @throws StatusError 400 or 422 before anything is sent
 */
export function serveWatch(request: WatchRequest, response: Response, store: ObjectStore, clock: Clock): void {
  const { kind, namespace, query } = request;
  const matches = parseSelectors(kind, query);
  const isSeen = (object: KubeObject): boolean =>
    (namespace === undefined || object.metadata.namespace === namespace) && matches(object);
  const start = startOf(request, store, isSeen);
  const timeoutMs = timeoutOf(query);
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const encoder = encoderOf(request, clock);
  const send = (line: string): void => {
    response.write(line);
    if (response.writableLength > LARGEST_BACKLOG_BYTES) response.destroy();
  };
  if ('status' in start) {
    response.end(`${JSON.stringify({ type: 'ERROR', object: start })}\n`);
    return;
  }
  for (const { type, object, json } of start.events) send(encoder(type, object, json));
  const sendBookmark = (annotations?: Record<string, string>): void => {
    send(encoder('BOOKMARK', bookmarkOf(kind, store.resourceVersion, annotations)));
  };
  if (start.marksEndOfStart) sendBookmark({ 'k8s.io/initial-events-end': 'true' });

  const unsubscribe = store.subscribe(kind.resource, (event) => {
    try {
      const seen = seenBy(event, isSeen);
      if (seen !== undefined) send(encoder(seen.type, seen.current.object, seen.current.json));
    } catch {
      // An object that cannot be shown must not fail the write that made it, nor the other watchers.
      response.destroy();
    }
  });
  let cancelBookmark = (): void => undefined;
  const scheduleBookmark = (delayMs: number): void => {
    cancelBookmark = clock.schedule(delayMs, () => {
      sendBookmark();
      scheduleBookmark(BOOKMARK_PERIOD_MS);
    });
  };
  // The last one comes shortly before the end, so that the next watch has little to catch up with.
  const firstBookmarkMs = (timeoutMs - BOOKMARK_BEFORE_END_MS) % BOOKMARK_PERIOD_MS;
  if (isSet(query, 'allowWatchBookmarks')) scheduleBookmark(firstBookmarkMs > 0 ? firstBookmarkMs : BOOKMARK_PERIOD_MS);
  const cancelTimeout = clock.schedule(timeoutMs, () => response.end());
  response.on('close', () => {
    unsubscribe();
    cancelBookmark();
    cancelTimeout();
  });
}

function startOf(
  { kind, namespace, query }: WatchRequest,
  store: ObjectStore,
  isSeen: (object: KubeObject) => boolean,
): Start | Status {
  const resourceVersion = parseResourceVersion(query);
  const wantsStart = query.get('sendInitialEvents');
  checkInitialEvents(query);
  const fromState = wantsStart === null ? resourceVersion === undefined || resourceVersion === 0 : wantsStart === 'true';
  if (fromState) {
    const objects = store.list(kind.resource, namespace).filter(({ object }) => isSeen(object));
    return {
      events: objects.map(({ object, json }) => ({ type: 'ADDED', object, json })),
      marksEndOfStart: wantsStart === 'true',
    };
  }
  const since = resourceVersion ?? store.resourceVersion;
  const missed = store.eventsAfter(kind.resource, since);
  if (missed === undefined) return tooOld(since, store.oldestWatchable(kind.resource)).status;
  const events = missed.map((event) => seenBy(event, isSeen)).filter((event): event is StoreEvent => event !== undefined);
  return {
    events: events.map(({ type, current }) => ({ type, object: current.object, json: current.json })),
    marksEndOfStart: false,
  };
}

function tooOld(since: number, oldest: number): ReturnType<typeof expired> {
  return expired(`too old resource version: ${since} (${oldest})`);
}

function checkInitialEvents(query: URLSearchParams): void {
  if (!query.has('sendInitialEvents')) return;
  const errors = new FieldErrors();
  const match = query.get('resourceVersionMatch');
  if (match === null)
    errors.forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  else if (match !== 'NotOlderThan') errors.notSupported('resourceVersionMatch', match, ['NotOlderThan']);
  if (errors.list.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors.list);
}

function timeoutOf(query: URLSearchParams): number {
  const text = query.get('timeoutSeconds');
  if (text === null || text === '0') return DEFAULT_TIMEOUT_MS;
  if (!/^\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text) * 1000;
}

function bookmarkOf(kind: Kind, resourceVersion: number, annotations?: Record<string, string>): KubeObject {
  const metadata = { resourceVersion: String(resourceVersion), ...(annotations === undefined ? {} : { annotations }) };
  return { kind: kind.kind, apiVersion: kind.apiVersion, metadata };
}

type Encoder = (type: string, object: KubeObject, json?: string) => string;

function encoderOf({ kind, accepted, includeObject }: WatchRequest, clock: Clock): Encoder {
  if (accepted.form === 'metadata') return (type, object) => line(type, JSON.stringify(metadataOf(object)));
  if (accepted.form === 'object') return (type, object, json) => line(type, json ?? JSON.stringify(object));
  let withoutColumns = false;
  return (type, object) => {
    const rows = type === 'BOOKMARK' ? [] : [object];
    const table = tableOf(kind, rows, { ...accepted, includeObject, nowMs: clock.now(), withoutColumns });
    table.metadata = { resourceVersion: object.metadata.resourceVersion ?? '' };
    withoutColumns = true;
    return line(type, JSON.stringify(table));
  };
}

function line(type: string, objectJson: string): string {
  return `{"type":"${type}","object":${objectJson}}\n`;
}
