import { badRequest, expired, StatusError } from '../status-error.js';
import type { StoredObject } from '../store/stored-object.js';
import type { Exchange } from './exchange.js';
import { encodePosition, parsePosition, parseResourceVersion, parseSelectors, type ListPosition } from './list-options.js';
import { renderList, type ListMetadata } from './render.js';

/** `GET` of a whole resource: all of it, or a page of at most `limit` objects, all pages showing the state that the first one saw. */
export function handleList(exchange: Exchange): void {
  const { kind, query, accepted, services, includeObject } = exchange;
  const position = positionOf(exchange);
  const limit = limitOf(query);
  const matches = parseSelectors(kind, query);
  const state = stateAt(exchange, position.resourceVersion);
  const rest = state.filter(({ key, object }) => key > position.afterKey && matches(object));
  const items = limit === 0 ? rest : rest.slice(0, limit);
  const metadata = { resourceVersion: String(position.resourceVersion), ...nextPage(items, rest.length, position, query) };
  exchange.send(renderList(kind, items, metadata, { accepted, includeObject, nowMs: services.clock.now() }));
}

function nextPage(
  items: StoredObject[],
  count: number,
  { resourceVersion }: ListPosition,
  query: URLSearchParams,
): Partial<ListMetadata> {
  const last = items.at(-1);
  if (last === undefined || items.length === count) return {};
  const next = { continue: encodePosition({ resourceVersion, afterKey: last.key }) };
  // Under a selector a real server does not know how many are left, and says nothing.
  const isSelected = (query.get('labelSelector') ?? '') !== '' || (query.get('fieldSelector') ?? '') !== '';
  return isSelected ? next : { ...next, remainingItemCount: count - items.length };
}

function positionOf({ query, services }: Exchange): ListPosition {
  const token = query.get('continue') ?? '';
  if (token !== '') return parsePosition(token);
  const current = services.store.resourceVersion;
  const asked = parseResourceVersion(query) ?? 0;
  // A client that comes from a later state than ours (a cluster begun anew) must start over.
  if (asked > current) throw tooLarge(asked, current);
  const isExact = query.get('resourceVersionMatch') === 'Exact' && asked > 0;
  return { resourceVersion: isExact ? asked : current, afterKey: '' };
}

function stateAt({ kind, namespace, services }: Exchange, resourceVersion: number): StoredObject[] {
  const { store } = services;
  const state = store.listAt(kind.resource, resourceVersion, namespace);
  if (state !== undefined) return state;
  throw expired(
    `The provided continue parameter or resource version is too old: ${resourceVersion} (${store.oldestWatchable(kind.resource)})`,
  );
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? '0';
  if (/^\d+$/.test(text)) return Number(text);
  throw badRequest(`limit: ${JSON.stringify(text)} is not a number of objects`);
}

function tooLarge(asked: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' }],
    retryAfterSeconds: 1,
  });
}
