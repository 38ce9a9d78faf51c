import type { Pod } from '#shared/kube/wire.js';

/** Parts of the wire types that the client library has no wire form of its own for. */
export type PodSpec = NonNullable<Pod['spec']>;
export type PodStatus = NonNullable<Pod['status']>;
export type PodCondition = NonNullable<PodStatus['conditions']>[number];
export type Container = PodSpec['containers'][number];
export type ContainerStatus = NonNullable<PodStatus['containerStatuses']>[number];
export type Probe = NonNullable<Container['readinessProbe']>;
export type LifecycleHandler = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;
export type HttpGetAction = NonNullable<Probe['httpGet']>;

/** `namespace/name`, as the watch cache knows it. */
export function podKey(pod: Pod): string {
  return `${pod.metadata?.namespace ?? ''}/${pod.metadata?.name ?? ''}`;
}

/** RFC 3339 in whole seconds, as the API server stores `metav1.Time`: what is written compares equal to what is read back. */
export function wireTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** RFC 3339 with six decimals: the only form that the API server reads as `metav1.MicroTime`. */
export function wireMicroTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
