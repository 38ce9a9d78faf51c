import type { V1Container } from '@kubernetes/client-node';
import type { Node, Pod, Wire } from '#shared/kube/wire.js';
import { milliOf } from './quantity.js';

/** Amounts by resource name, in thousandths (of a core, a byte, a card). */
export type Resources = ReadonlyMap<string, number>;

/** The count of pods that a node takes is a resource as well, of which each pod needs one. */
export const PODS = 'pods';

type Container = Wire<V1Container>;

/**
 * What a pod needs of a node: the larger of all its containers together and of its largest init container, sidecars (init containers
 * that keep running) counting with everything that starts after them, and the overhead. A container that names only a limit
 * requests that much.
 */
export function podRequests(pod: Pod): Resources {
  const { containers = [], initContainers = [], overhead } = pod.spec ?? {};
  let sidecars: Resources = new Map();
  let largestInit: Resources = new Map();
  for (const container of initContainers) {
    const needed = add(sidecars, containerRequests(container));
    if (container.restartPolicy === 'Always') sidecars = needed;
    largestInit = larger(largestInit, needed);
  }
  const running = containers.map(containerRequests).reduce(add, sidecars);
  const requests = add(larger(running, largestInit), parsed(overhead));
  return add(requests, new Map([[PODS, 1000]]));
}

/** What pods may have of a node. */
export function nodeAllocatable(node: Node): Resources {
  return parsed(node.status?.allocatable ?? node.status?.capacity);
}

export function add(left: Resources, right: Resources): Resources {
  return combine(left, right, (a, b) => a + b);
}

export function subtract(left: Resources, right: Resources): Resources {
  return combine(left, right, (a, b) => a - b);
}

function larger(left: Resources, right: Resources): Resources {
  return combine(left, right, Math.max);
}

function combine(left: Resources, right: Resources, operation: (a: number, b: number) => number): Resources {
  const result = new Map(left);
  for (const [name, amount] of right) result.set(name, operation(result.get(name) ?? 0, amount));
  return result;
}

function containerRequests({ resources }: Container): Resources {
  return parsed({ ...resources?.limits, ...resources?.requests });
}

function parsed(quantities: Readonly<Record<string, string>> | undefined): Resources {
  const amounts = new Map<string, number>();
  for (const [name, quantity] of Object.entries(quantities ?? {})) amounts.set(name, milliOf(quantity) ?? 0);
  return amounts;
}
