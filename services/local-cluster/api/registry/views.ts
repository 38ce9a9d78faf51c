import type { Kind } from '../kinds/kind.js';
import { fieldOf, isLooseObject, type KubeObject, type LooseObject } from '../objects.js';
import { selectorText } from '../selectors/label-selector.js';
import { invalid } from '../status-error.js';
import { FieldErrors } from '../validation/field-error.js';
import { checkNonNegative } from '../validation/numbers.js';
import { selectorOf } from '../validation/selector.js';

/** A way to look at an object and to write it: as a whole, or only its status, or only its scale. */
export interface View {
  name: 'main' | 'status' | 'scale' | 'finalize' | 'binding';
  /** The client library's model of what is read and written. */
  model: string;
  apiVersion: string;
  kind: string;
  /** What a client gets to see. */
  read: (object: KubeObject) => KubeObject;
  /** The object that a write through this view leads to; both arguments may be changed. */
  merge: (proposed: KubeObject, current: KubeObject) => KubeObject;
}

type ViewName = View['name'];

/** The view of a subresource; undefined where the kind has no such subresource. */
export function viewOf(kind: Kind, name: ViewName): View | undefined {
  const { subresources } = kind;
  const whole = { model: kind.model, apiVersion: kind.apiVersion, kind: kind.kind, read: (object: KubeObject) => object };
  switch (name) {
    case 'main':
      return { ...whole, name, merge: subresources?.status === true ? keepStatus : (proposed) => proposed };
    case 'status':
      return subresources?.status === true ? { ...whole, name, merge: onlyStatus } : undefined;
    case 'scale':
      return subresources?.scale === true ? scaleView : undefined;
    case 'binding':
      return kind.kind === 'Pod' ? { ...whole, name, merge: (proposed) => proposed } : undefined;
    case 'finalize':
      return kind.kind === 'Namespace' ? { ...whole, name, merge: onlySpec } : undefined;
  }
}

function keepStatus(proposed: KubeObject, current: KubeObject): KubeObject {
  return withField(proposed, 'status', fieldOf(current, 'status'));
}

// Labels stay as they are, except of nodes, whose kubelet writes labels together with the status.
function onlyStatus(proposed: KubeObject, current: KubeObject): KubeObject {
  const { resourceVersion, uid, labels, annotations, finalizers } = proposed.metadata;
  const writable = proposed.kind === 'Node' ? { labels } : { labels: current.metadata.labels };
  const metadata = stripUndefined({ ...current.metadata, resourceVersion, uid, annotations, finalizers, ...writable });
  return withField({ ...current, metadata }, 'status', fieldOf(proposed, 'status'));
}

function onlySpec(proposed: KubeObject, current: KubeObject): KubeObject {
  const { resourceVersion, uid } = proposed.metadata;
  const metadata = stripUndefined({ ...current.metadata, resourceVersion, uid });
  return withField({ ...current, metadata }, 'spec', fieldOf(proposed, 'spec'));
}

const scaleView: View = {
  name: 'scale',
  model: 'V1Scale',
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  read: (object) => {
    const spec = partOf(object, 'spec');
    const status = partOf(object, 'status');
    const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
    const scale = {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: stripUndefined({ name, namespace, uid, resourceVersion, creationTimestamp }),
      // A plain number in Kubernetes: 0 is left out.
      spec: spec['replicas'] === 0 ? {} : { replicas: spec['replicas'] },
      status: {
        replicas: status['replicas'] ?? 0,
        selector: selectorText(selectorOf(spec['selector'] as Parameters<typeof selectorOf>[0])),
      },
    };
    return scale;
  },
  merge: (proposed, current) => {
    const { resourceVersion, uid } = proposed.metadata;
    const metadata = stripUndefined({ ...current.metadata, resourceVersion, uid });
    const replicas = Number(partOf(proposed, 'spec')['replicas'] ?? 0);
    const errors = new FieldErrors();
    checkNonNegative(replicas, 'spec.replicas', errors);
    if (errors.list.length > 0) throw invalid({ group: 'autoscaling', kind: 'Scale' }, current.metadata.name ?? '', errors.list);
    return withField({ ...current, metadata }, 'spec', { ...partOf(current, 'spec'), replicas });
  },
};

function partOf(object: KubeObject, field: string): LooseObject {
  const value = fieldOf(object, field);
  return isLooseObject(value) ? value : {};
}

function withField(object: KubeObject, field: string, value: unknown): KubeObject {
  const result: KubeObject & LooseObject = { ...object };
  if (value === undefined) Reflect.deleteProperty(result, field);
  else result[field] = value;
  return result;
}

function stripUndefined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
