import type { V1Deployment, V1DeploymentSpec, V1Pod, V1PodSpec, V1PodTemplateSpec, V1ReplicaSet } from '@kubernetes/client-node';

/** The smallest valid objects of the kinds that the cases use most; overrides replace whole fields. */
export function pod(name: string, spec: Partial<V1PodSpec> = {}, labels: Record<string, string> = {}): V1Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: podSpec(spec) };
}

export function deployment(name: string, spec: Partial<V1DeploymentSpec> = {}): V1Deployment {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: { selector: { matchLabels: labels }, template: template(labels), ...spec },
  };
}

export function replicaSet(name: string, replicas: number): V1ReplicaSet {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, labels },
    spec: { replicas, selector: { matchLabels: labels }, template: template(labels) },
  };
}

export function template(labels: Record<string, string>, spec: Partial<V1PodSpec> = {}): V1PodTemplateSpec {
  return { metadata: { labels }, spec: podSpec(spec) };
}

function podSpec(spec: Partial<V1PodSpec>): V1PodSpec {
  return { containers: [{ name: 'server', image: 'registry.example/server:1' }], ...spec };
}
