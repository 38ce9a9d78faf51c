/** Paths of the Kubernetes API. An empty namespace means the whole cluster (lists and watches only). */
function namespaced(prefix: string, resource: string) {
  return (namespace = '', name?: string, subresource?: string): string => {
    const scope = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
    return `${prefix}${scope}/${resource}${tail(name, subresource)}`;
  };
}

function clusterWide(prefix: string, resource: string) {
  return (name?: string, subresource?: string): string => `${prefix}/${resource}${tail(name, subresource)}`;
}

function tail(name: string | undefined, subresource: string | undefined): string {
  if (name === undefined) return '';
  return `/${encodeURIComponent(name)}${subresource === undefined ? '' : `/${subresource}`}`;
}

export const paths = {
  namespaces: clusterWide('/api/v1', 'namespaces'),
  nodes: clusterWide('/api/v1', 'nodes'),
  pods: namespaced('/api/v1', 'pods'),
  events: namespaced('/api/v1', 'events'),
  configMaps: namespaced('/api/v1', 'configmaps'),
  deployments: namespaced('/apis/apps/v1', 'deployments'),
  replicaSets: namespaced('/apis/apps/v1', 'replicasets'),
  leases: namespaced('/apis/coordination.k8s.io/v1', 'leases'),
} as const;
