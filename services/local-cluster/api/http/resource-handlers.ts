import type { KubeObject } from '../objects.js';
import { applyPatch, parsePatchType } from '../patch/apply-patch.js';
import { decodeObject } from '../registry/decode-object.js';
import { viewOf, type View } from '../registry/views.js';
import { methodNotAllowed, notFound, successStatus } from '../status-error.js';
import type { StoredObject } from '../store/stored-object.js';
import { mediaType, readObject, readOptionalObject, readPatch } from './body.js';
import { parseDeleteOptions } from './delete-options.js';
import type { Exchange } from './exchange.js';
import { handleList } from './list.js';
import { isSet, parseSelectors } from './list-options.js';
import { renderList } from './render.js';
import { serveWatch } from './watch-stream.js';

/** Requests about a whole resource: `/api/v1/pods`, `/api/v1/namespaces/ns/pods`. */
export function handleCollection(exchange: Exchange): void {
  switch (exchange.request.method) {
    case 'GET':
      if (isSet(exchange.query, 'watch')) watch(exchange);
      else handleList(exchange);
      return;
    case 'POST':
      create(exchange);
      return;
    case 'DELETE':
      deleteCollection(exchange);
      return;
    default:
      throw methodNotAllowed();
  }
}

/** Requests about one object, or about its status, its scale or a namespace's finalizers. */
export function handleObject(exchange: Exchange, view: View): void {
  switch (exchange.request.method) {
    case 'GET':
      if (isSet(exchange.query, 'watch')) watchOne(exchange);
      else answerView(exchange, view, exchange.services.registry.get(exchange.kind, exchange.namespace, exchange.name));
      return;
    case 'PUT':
      replace(exchange, view);
      return;
    case 'PATCH':
      patch(exchange, view);
      return;
    case 'DELETE':
      if (view.name !== 'main') throw methodNotAllowed();
      deleteObject(exchange);
      return;
    default:
      throw methodNotAllowed();
  }
}

function answerView(exchange: Exchange, view: View, stored: StoredObject, code = 200): void {
  if (view.name === 'scale') exchange.answer(view.read(stored.object), code);
  else exchange.answerStored(stored, code);
}

function watch(exchange: Exchange): void {
  const { response, services } = exchange;
  serveWatch(exchange, response, services.store, services.clock);
}

function watchOne(exchange: Exchange): void {
  const { response, services, kind, namespace, accepted, includeObject, name } = exchange;
  const query = new URLSearchParams(exchange.query);
  query.set('fieldSelector', `metadata.name=${name}`);
  serveWatch({ kind, namespace, accepted, includeObject, query }, response, services.store, services.clock);
}

function create(exchange: Exchange): void {
  const { kind, namespace, services, isDryRun } = exchange;
  if (kind.namespaced && namespace === undefined) throw methodNotAllowed();
  const view = mainView(exchange);
  const { object, warnings } = decodeObject(readObject(exchange.request, view.model), view, exchange.fieldValidation);
  exchange.warn(warnings);
  exchange.answerStored(services.registry.create(kind, namespace, object, { dryRun: isDryRun }), 201);
}

function replace(exchange: Exchange, view: View): void {
  const { kind, namespace, name, services, isDryRun } = exchange;
  const { object, warnings } = decodeObject(readObject(exchange.request, view.model), view, exchange.fieldValidation);
  exchange.warn(warnings);
  const isAbsent = services.store.get(kind.resource, namespace, name) === undefined;
  if (isAbsent && kind.createsOnUpdate === true && view.name === 'main') {
    exchange.answerStored(services.registry.create(kind, namespace, object, { dryRun: isDryRun }), 201);
    return;
  }
  answerView(
    exchange,
    view,
    services.registry.update(kind, namespace, name, view, () => object, { dryRun: isDryRun }),
  );
}

function patch(exchange: Exchange, view: View): void {
  const { kind, namespace, name, services, isDryRun } = exchange;
  const type = parsePatchType(mediaType(exchange.request));
  const body = readPatch(exchange.request);
  const propose = (shown: () => KubeObject): KubeObject => {
    const patched = applyPatch(type, { ...shown() }, body, view.model);
    const { object, warnings } = decodeObject(patched, view, exchange.fieldValidation, body);
    exchange.warn(warnings);
    return object;
  };
  answerView(exchange, view, services.registry.update(kind, namespace, name, view, propose, { dryRun: isDryRun, isPatch: true }));
}

function deleteObject(exchange: Exchange): void {
  const { kind, namespace, name, query, services } = exchange;
  const options = parseDeleteOptions(readOptionalObject(exchange.request, 'V1DeleteOptions'), query);
  const { stored, isRemoved } = services.registry.delete(kind, namespace, name, options);
  if (!isRemoved || kind.returnsDeleted === true) {
    exchange.answerStored(stored);
    return;
  }
  const { uid } = stored.object.metadata;
  const group = kind.group === '' ? {} : { group: kind.group };
  exchange.answer(successStatus({ name, ...group, kind: kind.plural, ...(uid === undefined ? {} : { uid }) }));
}

function deleteCollection(exchange: Exchange): void {
  const { kind, query, services, accepted } = exchange;
  // Namespaces are deleted one by one, by name.
  if (kind.kind === 'Namespace' || (kind.namespaced && exchange.namespace === undefined)) throw methodNotAllowed();
  const options = parseDeleteOptions(readOptionalObject(exchange.request, 'V1DeleteOptions'), query);
  const matches = parseSelectors(kind, query);
  const targets = services.store.list(kind.resource, exchange.namespace).filter(({ object }) => matches(object));
  const deleted = targets.map(({ object }) =>
    services.registry.delete(kind, object.metadata.namespace, object.metadata.name ?? '', options),
  );
  const render = { accepted, includeObject: exchange.includeObject, nowMs: services.clock.now() };
  const items = deleted.map(({ stored }) => stored);
  exchange.send(renderList(kind, items, { resourceVersion: String(services.store.resourceVersion) }, render));
}

function mainView({ kind }: Exchange): View {
  const view = viewOf(kind, 'main');
  if (view === undefined) throw notFound(kind, '');
  return view;
}
