import { NODE_ACCELERATOR_LABEL } from '#shared/kube/names.js';
import type { Node } from '#shared/kube/wire.js';
import type { NodePlan } from './node-layout.js';

/**
 * What becomes of nodes that this kubelet registered with other data. Of a type that the data still know: ours still, without cards, so
 * that pods there end in order and no new ones come. Of another type: abandoned, as nothing says what they are.
 */
export function withEarlierNodes(
  plans: readonly NodePlan[],
  shown: readonly Node[],
  knownTypes: ReadonlySet<string>,
): { plans: NodePlan[]; abandoned: string[] } {
  const planned = new Set(plans.map(({ name }) => name));
  const earlier = shown
    .map(({ metadata }) => ({ name: metadata?.name ?? '', type: metadata?.labels?.[NODE_ACCELERATOR_LABEL] ?? '' }))
    .filter(({ name }) => !planned.has(name));
  return {
    plans: [
      ...plans,
      ...earlier
        .filter(({ type }) => knownTypes.has(type))
        .map(({ name, type }) => ({ name, type, cards: 0, labels: { [NODE_ACCELERATOR_LABEL]: type }, resources: {} })),
    ],
    abandoned: earlier.filter(({ type }) => !knownTypes.has(type)).map(({ name }) => name),
  };
}
