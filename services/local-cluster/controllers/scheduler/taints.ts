import type { V1Taint, V1Toleration } from '@kubernetes/client-node';
import type { Node, Pod, Wire } from '#shared/kube/wire.js';

type Taint = Wire<V1Taint>;
type Toleration = Wire<V1Toleration>;

/** Taints of a node that keep this pod away from it. */
export function forbiddingTaints(node: Node, pod: Pod): Taint[] {
  return untolerated(node, pod, ['NoSchedule', 'NoExecute']);
}

/** Taints of a node that make it a worse choice for this pod. */
export function discouragingTaints(node: Node, pod: Pod): Taint[] {
  return untolerated(node, pod, ['PreferNoSchedule']);
}

export function isTolerated(taint: Taint, tolerations: readonly Toleration[] | undefined): boolean {
  return (tolerations ?? []).some((toleration) => tolerates(toleration, taint));
}

function untolerated(node: Node, pod: Pod, effects: readonly string[]): Taint[] {
  const taints = node.spec?.taints ?? [];
  return taints.filter((taint) => effects.includes(taint.effect) && !isTolerated(taint, pod.spec?.tolerations));
}

/** An empty effect tolerates every effect, an empty key with Exists every key. */
function tolerates({ key = '', operator = 'Equal', value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return key !== '' && value === (taint.value ?? '');
}
