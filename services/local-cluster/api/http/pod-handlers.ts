import type { V1PodCondition } from '@kubernetes/client-node';
import type { Loose } from '../kinds/kind.js';
import type { Pod } from '../kinds/pods.js';
import { isLooseObject, toTimestamp, type KubeObject, type LooseObject } from '../objects.js';
import { viewOf } from '../registry/views.js';
import { badRequest, conflict, invalid, methodNotAllowed, type Status } from '../status-error.js';
import { FieldErrors } from '../validation/field-error.js';
import { readObject } from './body.js';
import { parseDeleteOptions } from './delete-options.js';
import type { Exchange } from './exchange.js';

const done: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

/** `POST …/pods/x/binding`: the scheduler's decision. A pod is bound once. */
export function handleBinding(exchange: Exchange): void {
  if (exchange.request.method !== 'POST') throw methodNotAllowed();
  const { kind, namespace, name, services } = exchange;
  const binding = readBody(exchange, 'V1Binding');
  const target = isLooseObject(binding['target']) ? binding['target'] : {};
  const nodeName = nodeNameOf(target, name);
  const view = viewOf(kind, 'binding');
  if (view === undefined) throw methodNotAllowed();
  const nowMs = services.clock.now();
  const bind = (shown: () => KubeObject): KubeObject => bound(exchange, shown(), nodeName, nowMs);
  services.registry.update(kind, namespace, name, view, bind, { dryRun: exchange.isDryRun });
  exchange.answer(done, 201);
}

function bound(exchange: Exchange, pod: Pod, nodeName: string, nowMs: number): Pod {
  const { kind, name } = exchange;
  const before = pod.spec?.nodeName;
  const resource = { ...kind, plural: 'pods/binding' };
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(resource, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (before !== undefined) throw conflict(resource, name, `pod ${name} is already assigned to node ${JSON.stringify(before)}`);
  const scheduled: Loose<V1PodCondition> = {
    type: 'PodScheduled',
    status: 'True',
    lastTransitionTime: toTimestamp(nowMs),
  };
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  return {
    ...pod,
    spec: { ...pod.spec, nodeName },
    status: { ...pod.status, conditions: [...others, scheduled] },
  };
}

function nodeNameOf(target: LooseObject, name: string): string {
  const errors = new FieldErrors();
  const { kind = 'Node', name: nodeName } = target;
  if (kind !== 'Node') errors.notSupported('target.kind', kind, ['Node', '<empty>']);
  if (typeof nodeName === 'string' && nodeName !== '' && errors.list.length === 0) return nodeName;
  if (typeof nodeName !== 'string' || nodeName === '') errors.required('target.name');
  throw invalid({ group: '', kind: 'Binding' }, name, errors.list);
}

/** `POST …/pods/x/eviction`: a deletion that would heed disruption budgets, of which there are none here. */
export function handleEviction(exchange: Exchange): void {
  if (exchange.request.method !== 'POST') throw methodNotAllowed();
  const { kind, namespace, name, services, query } = exchange;
  const eviction = readBody(exchange, 'V1Eviction');
  const options = parseDeleteOptions(eviction['deleteOptions'] ?? {}, query);
  services.registry.delete(kind, namespace, name, options);
  exchange.answer(done, 201);
}

function readBody(exchange: Exchange, model: string): LooseObject {
  const body = readObject(exchange.request, model);
  if (!isLooseObject(body)) throw badRequest('the body must be an object');
  return body;
}
