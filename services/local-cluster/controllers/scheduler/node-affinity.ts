import type { V1NodeSelectorTerm } from '@kubernetes/client-node';
import type { Node, Pod, Wire } from '#shared/kube/wire.js';
import { hasLabels, satisfies } from '../machinery/label-selector.js';
import { metaOf, nameOf } from '../machinery/object-feed.js';

type Term = Wire<V1NodeSelectorTerm>;

/** Whether a node satisfies the pod's nodeSelector and its required node affinity (any one of its terms). */
export function isWantedNode(node: Node, pod: Pod): boolean {
  const labels = metaOf(node).labels;
  if (!hasLabels(Object.entries(pod.spec?.nodeSelector ?? {}), labels)) return false;
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(node, term));
}

/** The weights of all preferences that the node satisfies. */
export function preferenceOf(node: Node, pod: Pod): number {
  const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.filter(({ preference }) => matchesTerm(node, preference)).reduce((sum, { weight }) => sum + weight, 0);
}

/** A term without any requirement matches no node. */
function matchesTerm(node: Node, { matchExpressions = [], matchFields = [] }: Term): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields = { 'metadata.name': nameOf(node) };
  return (
    matchExpressions.every((requirement) => satisfies(requirement, metaOf(node).labels)) &&
    matchFields.every((requirement) => satisfies(requirement, fields))
  );
}
