import { namespaces } from '../kinds/namespaces.js';
import { services } from '../kinds/services.js';
import type { Kind } from '../kinds/kind.js';
import type { KubeObject } from '../objects.js';
import type { ObjectStore } from '../store/object-store.js';
import type { Registry } from './registry.js';

const firstNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Creates what every cluster has from birth, as far as it is missing. */
export function createFirstObjects(store: ObjectStore, registry: Registry): void {
  for (const name of firstNamespaces) ensure(namespaces, undefined, { kind: 'Namespace', apiVersion: 'v1', metadata: { name } });
  const spec = { type: 'ClusterIP', clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] };
  const metadata = { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } };
  ensure(services, 'default', Object.assign({ kind: 'Service', apiVersion: 'v1', metadata }, { spec }));

  function ensure(kind: Kind, namespace: string | undefined, object: KubeObject): void {
    if (store.get(kind.resource, namespace, object.metadata.name ?? '') === undefined) registry.create(kind, namespace, object);
  }
}
