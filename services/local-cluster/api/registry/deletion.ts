import type { Kind } from '../kinds/kind.js';
import type { Pod } from '../kinds/pods.js';
import { toTimestamp, type KubeObject, type ObjectMeta } from '../objects.js';
import { conflict } from '../status-error.js';

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

/** What a deletion does to the stored object: nothing more than before, a mark that it is going, or its end (marked first or not). */
export interface DeletionPlan {
  marked: KubeObject | undefined;
  isRemoved: boolean;
}

const DEFAULT_GRACE_SECONDS = 30;
const propagationFinalizers = { Foreground: 'foregroundDeletion', Orphan: 'orphan' } as const;

/**
 * Decides what becomes of an object that is to be deleted. Finalizers hold it until their owners have taken them off; a pod on
 * a node stays until its kubelet has ended it.
 * @throws StatusError 409 when a precondition does not hold
 */
export function planDeletion(kind: Kind, current: KubeObject, options: DeleteOptions, nowMs: number): DeletionPlan {
  checkPreconditions(kind, current.metadata, options);
  const finalizers = finalizersAfter(current.metadata, options);
  const changesFinalizers = !sameMembers(finalizers, current.metadata.finalizers ?? []);
  const metadata: ObjectMeta = { ...current.metadata, finalizers };
  if (finalizers.length === 0) delete metadata.finalizers;
  const isHeld = finalizers.length > 0;
  if (kind.kind === 'Pod') return planPodDeletion({ ...current, metadata }, options, { nowMs, isHeld, changesFinalizers });
  if (!isHeld && kind.kind !== 'Namespace') return { marked: undefined, isRemoved: true };
  const isFirst = current.metadata.deletionTimestamp === undefined;
  if (isFirst) mark(metadata, 0, nowMs);
  if (kind.kind === 'Namespace' && isFirst) {
    delete metadata.deletionGracePeriodSeconds;
    return { marked: { ...current, metadata, status: { phase: 'Terminating' } } as KubeObject, isRemoved: false };
  }
  return { marked: isFirst || changesFinalizers ? { ...current, metadata } : undefined, isRemoved: false };
}

function planPodDeletion(
  pod: Pod,
  options: DeleteOptions,
  { nowMs, isHeld, changesFinalizers }: { nowMs: number; isHeld: boolean; changesFinalizers: boolean },
): DeletionPlan {
  const { metadata } = pod;
  const pending = metadata.deletionGracePeriodSeconds;
  if (metadata.deletionTimestamp !== undefined && pending !== undefined) {
    const { gracePeriodSeconds } = options;
    // Only a shorter grace period than the one under way changes anything.
    if (gracePeriodSeconds === undefined || gracePeriodSeconds >= pending) {
      return { marked: changesFinalizers ? pod : undefined, isRemoved: pending === 0 && !isHeld };
    }
    const startedMs = Date.parse(metadata.deletionTimestamp) - pending * 1000;
    metadata.deletionTimestamp = toTimestamp(startedMs + gracePeriodSeconds * 1000);
    metadata.deletionGracePeriodSeconds = gracePeriodSeconds;
    return { marked: pod, isRemoved: gracePeriodSeconds === 0 && !isHeld };
  }
  const graceSeconds = podGraceSeconds(pod, options);
  mark(metadata, graceSeconds, nowMs);
  return { marked: pod, isRemoved: graceSeconds === 0 && !isHeld };
}

function podGraceSeconds({ spec, status }: Pod, options: DeleteOptions): number {
  const runsNowhere = spec?.nodeName === undefined || status?.phase === 'Failed' || status?.phase === 'Succeeded';
  if (runsNowhere) return 0;
  return Math.max(0, options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS);
}

function mark(metadata: ObjectMeta, graceSeconds: number, nowMs: number): void {
  metadata.deletionTimestamp = toTimestamp(nowMs + graceSeconds * 1000);
  metadata.deletionGracePeriodSeconds = graceSeconds;
  if (metadata.generation !== undefined) metadata.generation += 1;
}

function finalizersAfter({ finalizers = [] }: ObjectMeta, { propagationPolicy }: DeleteOptions): string[] {
  if (propagationPolicy === undefined) return finalizers;
  const others = finalizers.filter((finalizer) => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion');
  return propagationPolicy === 'Background' ? others : [...others, propagationFinalizers[propagationPolicy]];
}

function sameMembers(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one));
}

function checkPreconditions(kind: Kind, { name = '', uid = '', resourceVersion = '' }: ObjectMeta, options: DeleteOptions): void {
  const named = { group: kind.group, plural: kind.kind };
  const { uid: expectedUid, resourceVersion: expectedVersion } = options.preconditions ?? {};
  if (expectedUid !== undefined && expectedUid !== uid) {
    throw conflict(
      named,
      name,
      `the UID in the precondition (${expectedUid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (expectedVersion !== undefined && expectedVersion !== resourceVersion) {
    throw conflict(
      named,
      name,
      `the ResourceVersion in the precondition (${expectedVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

/** Whether an object that is being deleted has nothing left to wait for. */
export function isReadyToGo(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds > 0 || finalizers.length > 0) return false;
  const namespaceFinalizers =
    object.kind === 'Namespace' ? (object as { spec?: { finalizers?: string[] } }).spec?.finalizers : [];
  return (namespaceFinalizers ?? []).length === 0;
}
