import type { Placement, UpdateResult } from '#shared/contracts/loop.js';
import type { Allocation } from '#shared/contracts/system-data.js';
import { annotations, labelOrAnnotation, labels } from '#shared/kube/names.js';
import { pendingCountOf, type PendingCount } from '#shared/kube/pending-count.js';
import type { Deployment } from '#shared/kube/wire.js';
import { isRolledOut, mayHaveOldPods, replicasOf, templateOf } from './deployment-state.js';
import { labelChange } from './label-change.js';
import { modelContainer } from './model-container.js';
import type { DeploymentPatch, MapPatch, StrategyPatch } from './patch.js';
import { acceleratorNow, templateChange, type PodTarget, type TemplateChange } from './template-change.js';

/** What is to be done now for one server, and what its result is once that is done. No patch: nothing is to be written. */
export interface Plan extends UpdateResult {
  patch?: DeploymentPatch;
}

export interface AllocationTarget extends Pick<Allocation, 'accelerator' | 'numReplicas' | 'maxBatch'> {
  /** Pods beyond the count that there are cards for during a roll-out; absent: as the Deployment says. */
  maxSurge?: number;
}

/**
 * The next step from a Deployment to an allocation. Template and count never change in one patch: the Deployment controller would
 * take away serving pods of the old template at once, before the new ones run. First the template (phase 1), with the count left in
 * an annotation; once the new pods are available the count (phase 2), by the next call or by `planPending`.
 * Applying the patch and planning again leads to no further patch until the roll-out is over.
 */
export function planPatch(
  deployment: Deployment,
  allocation: AllocationTarget,
  placements: Readonly<Record<string, Placement>>,
  nowMs: number,
): Plan {
  // To zero: no pod is left whose accelerator would matter.
  if (allocation.numReplicas === 0) return planCount(deployment, 0, { labels: {}, annotations: {} });
  const target = podTarget(deployment, allocation, placements);
  if (typeof target === 'string') return { status: 'failed', reason: target };

  const labelPatch = deploymentLabels(deployment, allocation);
  const change = templateChange(deployment, target, Object.values(placements));
  if (change === undefined) return planCount(deployment, allocation.numReplicas, labelPatch);
  return planTemplate(deployment, change, allocation, labelPatch, nowMs);
}

/**
 * The template made to fit the accelerator that it names, with the count as it is; undefined where it does already, or where no pod or
 * no placement says what fits. `kubectl apply` of a manifest over a move is a merge: it leaves selector keys and cards of both.
 */
export function planRepair(
  deployment: Deployment,
  placements: Readonly<Record<string, Placement>>,
  nowMs: number,
): Plan | undefined {
  const accelerator = acceleratorNow(deployment);
  const current = replicasOf(deployment);
  if (accelerator === undefined || current === 0) return undefined;
  const target = podTarget(deployment, { accelerator, numReplicas: current, maxBatch: 0 }, placements);
  const change = typeof target === 'string' ? undefined : templateChange(deployment, target, Object.values(placements));
  if (change === undefined) return undefined;
  const wanted = pendingCountOf(deployment)?.replicas ?? current;
  return planTemplate(deployment, change, { numReplicas: wanted }, { labels: {}, annotations: {} }, nowMs);
}

/** Phase 2 from the cluster alone: what is due for a count that waits; undefined while the roll-out goes on, or nothing waits. */
export function planPending(deployment: Deployment): Plan | undefined {
  const pending = pendingCountOf(deployment);
  if (pending === undefined || !isRolledOut(deployment)) return undefined;
  const current = replicasOf(deployment);
  if (current !== pending.from) {
    return {
      status: 'held',
      reason: `${pending.replicas} replicas are not set: somebody else changed ${pending.from} to ${current} meanwhile`,
      patch: { metadata: { labels: {}, annotations: { [annotations.pendingReplicas]: null } } },
    };
  }
  return countPatch(deployment, pending.replicas, { labels: {}, annotations: {} });
}

/** Words instead of a target: why there is none. Pods that are on the accelerator need no placement: a count may be asked for without. */
function podTarget(
  deployment: Deployment,
  { accelerator, maxBatch }: AllocationTarget,
  placements: Readonly<Record<string, Placement>>,
): PodTarget | string {
  if (accelerator === '') return 'the allocation names no accelerator';
  const placement = Object.hasOwn(placements, accelerator) ? placements[accelerator] : undefined;
  if (placement === undefined) {
    const now = acceleratorNow(deployment);
    if (now === accelerator) return { accelerator, place: undefined, maxBatch };
    return `accelerator ${accelerator} is not among the accelerators of the request, and the pods are on ${now ?? 'none that is named'}`;
  }
  const model = labelOrAnnotation(deployment.metadata, labels.model);
  if (model === undefined || model === '') return `the Deployment has no label ${labels.model}`;
  const need = Object.hasOwn(placement.models, model) ? placement.models[model] : undefined;
  if (need === undefined) return `accelerator ${accelerator} has no entry for model ${model}`;
  if (modelContainer(templateOf(deployment)) === undefined) return 'the pod template has no container';
  return { accelerator, place: { placement, need }, maxBatch };
}

function deploymentLabels({ metadata }: Deployment, { accelerator, maxBatch }: AllocationTarget): DeploymentPatch['metadata'] {
  const changes = [labelChange(metadata, labels.accelerator, accelerator)];
  if (maxBatch > 0) changes.push(labelChange(metadata, labels.maxBatchSize, String(maxBatch)));
  return merge(...changes);
}

function planTemplate(
  deployment: Deployment,
  change: TemplateChange,
  { numReplicas: wanted, maxSurge }: Pick<AllocationTarget, 'numReplicas' | 'maxSurge'>,
  labelPatch: DeploymentPatch['metadata'],
  nowMs: number,
): Plan {
  const current = replicasOf(deployment);
  const why = change.reasons.join(', ');
  const own: MapPatch = {
    ...change.annotations,
    [annotations.pendingReplicas]: pendingText({ replicas: wanted, from: current, since: nowMs, why }),
  };
  if (change.moves) own[annotations.acceleratorChangedAt] = new Date(nowMs).toISOString();
  const strategy = strategyPatch(deployment, maxSurge);
  const count = current === wanted ? `replicas stay at ${current}` : untilAvailable(current, wanted);
  return {
    status: 'applied',
    reason: `${why}; ${count}`,
    patch: {
      metadata: merge(labelPatch, { labels: {}, annotations: own }),
      spec: { ...(strategy === undefined ? {} : { strategy }), template: change.patch },
    },
  };
}

function planCount(deployment: Deployment, wanted: number, labelPatch: DeploymentPatch['metadata']): Plan {
  const current = replicasOf(deployment);
  const pending = pendingCountOf(deployment);
  if (wanted === 0 || isRolledOut(deployment)) return countPatch(deployment, wanted, labelPatch);
  if (pending === undefined) {
    // A roll-out of somebody else: more is never wrong, but fewer may take the pods that still serve.
    if (wanted >= current || !mayHaveOldPods(deployment)) return countPatch(deployment, wanted, labelPatch);
    return held(`a roll-out is under way: ${untilAvailable(current, wanted)}`, labelPatch);
  }

  // One of ours: fewer would take serving pods, and more would be shared out between both templates, on cards that are given back.
  const isNoted = pending.replicas === wanted && pending.from === current;
  const note = isNoted ? {} : { [annotations.pendingReplicas]: pendingText({ ...pending, replicas: wanted, from: current }) };
  const metadata = merge(labelPatch, { labels: {}, annotations: note });
  if (wanted !== current) return held(`${pending.why}: ${untilAvailable(current, wanted)}`, metadata);
  return { status: 'unchanged', reason: `${pending.why}: under way; replicas stay at ${current}`, ...patchOf(metadata) };
}

function held(reason: string, metadata: DeploymentPatch['metadata']): Plan {
  return { status: 'held', reason, ...patchOf(metadata) };
}

function patchOf(metadata: DeploymentPatch['metadata']): { patch?: DeploymentPatch } {
  return isEmpty(metadata) ? {} : { patch: { metadata } };
}

function countPatch(deployment: Deployment, wanted: number, labelPatch: DeploymentPatch['metadata']): Plan {
  const current = replicasOf(deployment);
  const own: MapPatch = {};
  if (deployment.metadata?.annotations?.[annotations.pendingReplicas] !== undefined) own[annotations.pendingReplicas] = null;
  if (wanted !== current) own[annotations.lastWrittenReplicas] = String(wanted);
  const metadata = merge(labelPatch, { labels: {}, annotations: own });
  if (wanted !== current) {
    return { status: 'applied', reason: `replicas ${current} → ${wanted}`, patch: { metadata, spec: { replicas: wanted } } };
  }
  if (isEmpty(metadata)) return { status: 'unchanged', reason: `replicas stay at ${current}` };
  return { status: 'applied', reason: `replicas stay at ${current}; labels and annotations set`, patch: { metadata } };
}

/** No serving pod goes before its successor is available; at least one successor can come. Undefined: the strategy is so already. */
function strategyPatch({ spec }: Deployment, allowed: number | undefined): StrategyPatch | undefined {
  const { type = 'RollingUpdate', rollingUpdate } = spec?.strategy ?? {};
  const neverFewer = isNone(rollingUpdate?.maxUnavailable);
  const maxSurge = allowed ?? (isNone(rollingUpdate?.maxSurge) ? 1 : undefined);
  const surges = maxSurge === undefined || rollingUpdate?.maxSurge === maxSurge;
  if (type === 'RollingUpdate' && neverFewer && surges) return undefined;
  return { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, ...(maxSurge === undefined ? {} : { maxSurge }) } };
}

function isNone(share: unknown): boolean {
  return share === 0 || share === '0' || share === '0%';
}

function untilAvailable(current: number, wanted: number): string {
  return `replicas stay at ${current} until the new pods are available, then ${wanted}`;
}

function pendingText(pending: PendingCount): string {
  return JSON.stringify(pending);
}

function merge(...parts: readonly DeploymentPatch['metadata'][]): DeploymentPatch['metadata'] {
  return {
    labels: Object.assign({}, ...parts.map((part) => part.labels)) as MapPatch,
    annotations: Object.assign({}, ...parts.map((part) => part.annotations)) as MapPatch,
  };
}

function isEmpty({ labels: some, annotations: others }: DeploymentPatch['metadata']): boolean {
  return Object.keys(some).length === 0 && Object.keys(others).length === 0;
}
