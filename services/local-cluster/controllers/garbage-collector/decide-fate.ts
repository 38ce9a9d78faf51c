import type { KubeObject } from '#shared/kube/wire.js';
import type { OwnerReference } from '../machinery/owner.js';
import { FOREGROUND_FINALIZER, hasFinalizer, ORPHAN_FINALIZER } from './ownership-graph.js';

/** What is known of an owner: it lives; it is gone, or is another object of the same name; it waits for this dependent to go. */
export type OwnerState = 'alive' | 'gone' | 'waiting';

export type Fate =
  | { kind: 'keep' }
  /** Some owners live: the references to the others are taken off. */
  | { kind: 'disown'; uids: readonly string[] }
  | { kind: 'delete'; propagationPolicy: 'Background' | 'Foreground' | 'Orphan' };

/**
 * What becomes of an object with these owners. It lives as long as any of them does. When the last one is gone it goes too; where an
 * owner waits for it, and it has dependents of its own, those go before it.
 */
export function decideFate(
  object: KubeObject,
  owners: readonly { reference: OwnerReference; state: OwnerState }[],
  hasDependents: boolean,
): Fate {
  if (owners.length === 0) return { kind: 'keep' };
  const lost = owners.filter(({ state }) => state !== 'alive');
  if (lost.length === 0) return { kind: 'keep' };
  if (lost.length < owners.length) return { kind: 'disown', uids: lost.map(({ reference }) => reference.uid) };
  if (hasDependents && owners.some(({ state }) => state === 'waiting'))
    return { kind: 'delete', propagationPolicy: 'Foreground' };
  // A wish that stands on the object already is honoured.
  if (hasFinalizer(object, ORPHAN_FINALIZER)) return { kind: 'delete', propagationPolicy: 'Orphan' };
  if (hasFinalizer(object, FOREGROUND_FINALIZER)) return { kind: 'delete', propagationPolicy: 'Foreground' };
  return { kind: 'delete', propagationPolicy: 'Background' };
}
