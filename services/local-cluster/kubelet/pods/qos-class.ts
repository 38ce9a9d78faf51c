import type { Container, PodSpec } from '../kube-types.js';

/**
 * Guaranteed: every container's cpu and memory have a limit, and requests (which default to the limits) equal to it; BestEffort:
 * none names either; Burstable: the rest. Extended resources do not count.
 */
export function qosClassOf(spec: PodSpec | undefined): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  if (containers.every((container) => !namesAny(container))) return 'BestEffort';
  return containers.every(isFixed) ? 'Guaranteed' : 'Burstable';
}

const COUNTED = ['cpu', 'memory'] as const;

function namesAny({ resources }: Container): boolean {
  return COUNTED.some((name) => resources?.limits?.[name] !== undefined || resources?.requests?.[name] !== undefined);
}

function isFixed({ resources }: Container): boolean {
  return COUNTED.every((name) => {
    const limit = resources?.limits?.[name];
    return limit !== undefined && (resources?.requests?.[name] ?? limit) === limit;
  });
}
