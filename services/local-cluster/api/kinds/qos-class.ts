import type { PodSpec } from './pod-template.js';

const counted = ['cpu', 'memory'];

/**
 * The quality-of-service class of a pod: `Guaranteed` when every container has cpu and memory limits equal to its requests,
 * `BestEffort` when none asks for either, `Burstable` otherwise.
 */
export function qosClassOf(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const wanted = containers.map(({ resources }) => ({ requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }));
  if (wanted.every(({ requests, limits }) => counted.every((name) => !(name in requests) && !(name in limits))))
    return 'BestEffort';
  const isFixed = wanted.every(({ requests, limits }) =>
    counted.every((name) => name in limits && limits[name] === requests[name]),
  );
  return isFixed ? 'Guaranteed' : 'Burstable';
}
