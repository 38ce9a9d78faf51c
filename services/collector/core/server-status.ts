import type { ServerStatus, UnhandledDeployment } from '#shared/contracts/loop.js';
import { annotations, labelOrAnnotation, labels } from '#shared/kube/names.js';
import { pendingCountOf } from '#shared/kube/pending-count.js';
import type { Deployment, Pod } from '#shared/kube/wire.js';
import { acceleratorOf, acceleratorOfPod, maxBatchOfPod } from './current-allocation.js';
import { numberValue, type LabelProblem } from './labels/number-value.js';
import { readSchedule, type IsCron } from './labels/schedule-annotation.js';
import { isOver, isServing, isTerminating, unschedulableReason, objectName, type ManagedServer } from './managed-server.js';
import { waitingPods } from './waiting-pods.js';

const DEFAULT_POLICY = 'slo';

/** `spec.replicas`; the API's own default is 1. */
export function desiredReplicas({ spec }: Deployment): number {
  return spec?.replicas ?? 1;
}

export function serverStatus(
  { deployment, pods }: ManagedServer,
  isCron: IsCron,
): { status: ServerStatus; problems: LabelProblem[] } {
  const alive = pods.filter((pod) => !isOver(pod));
  const staying = alive.filter((pod) => !isTerminating(pod));
  const serving = staying.filter(isServing);
  const unschedulable = staying.flatMap((pod) => unschedulableReason(pod) ?? []);
  const lastWritten = numberValue({ annotations: deployment.metadata?.annotations ?? {} }, annotations.lastWrittenReplicas, {
    min: 0,
    max: 2 ** 31 - 1,
    whole: true,
  });
  const { schedule, problems: scheduleProblems } = readSchedule(deployment.metadata, isCron);
  const changedAt = acceleratorChangedAt(deployment);
  const pending = pendingCountOf(deployment);
  const [unschedulableWords] = unschedulable;
  return {
    status: {
      desiredReplicas: desiredReplicas(deployment),
      readyReplicas: serving.length,
      startingReplicas: staying.length - serving.length,
      unschedulableReplicas: unschedulable.length,
      terminatingReplicas: alive.length - staying.length,
      ...(unschedulableWords === undefined ? {} : { unschedulableReason: unschedulableWords }),
      rolloutInProgress: isRollingOut(deployment),
      podsByAccelerator: podsByAccelerator(alive, deployment),
      serving: servingByAccelerator(serving, deployment),
      waiting: waitingPods(
        staying.filter((pod) => !isServing(pod)),
        deployment,
      ),
      policy: labelOrAnnotation(deployment.metadata, labels.policy) ?? DEFAULT_POLICY,
      schedule,
      ...(pending !== undefined && pending.from === desiredReplicas(deployment) ? { pendingReplicas: pending.replicas } : {}),
      ...(lastWritten.state === 'known' ? { lastWrittenReplicas: lastWritten.value } : {}),
      ...(typeof changedAt === 'number' ? { acceleratorChangedAt: changedAt } : {}),
    },
    problems: [
      ...(lastWritten.state === 'bad' ? [lastWritten.problem] : []),
      ...(typeof changedAt === 'object' ? [changedAt] : []),
      ...scheduleProblems,
    ],
  };
}

/** What a Deployment that is no server holds and asks for. */
export function unhandledDeployment({ model, deployment, pods }: ManagedServer): UnhandledDeployment {
  return {
    object: objectName(deployment),
    model,
    accelerator: acceleratorOf(deployment),
    desiredReplicas: desiredReplicas(deployment),
    podsByAccelerator: podsByAccelerator(
      pods.filter((pod) => !isOver(pod)),
      deployment,
    ),
  };
}

/** What a pod holds that belongs to no managed Deployment. */
export function unhandledPod({ metadata, spec }: Pod): UnhandledDeployment {
  const accelerator = labelOrAnnotation(metadata, labels.accelerator) ?? '';
  return {
    object: `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`,
    model: labelOrAnnotation(metadata, labels.model) ?? '',
    accelerator,
    desiredReplicas: 0,
    podsByAccelerator: spec?.nodeName === undefined ? {} : { [accelerator]: 1 },
  };
}

/** Pods that hold cards: those that a node was found for, until they are gone. */
function podsByAccelerator(alive: readonly Pod[], deployment: Deployment): Record<string, number> {
  const counts = new Map<string, number>();
  for (const pod of alive) {
    if (pod.spec?.nodeName === undefined) continue;
    const accelerator = acceleratorOfPod(pod, deployment);
    counts.set(accelerator, (counts.get(accelerator) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function servingByAccelerator(serving: readonly Pod[], deployment: Deployment): ServerStatus['serving'] {
  const found: ServerStatus['serving'] = {};
  for (const pod of serving) {
    const accelerator = acceleratorOfPod(pod, deployment);
    const earlier = found[accelerator];
    found[accelerator] = { pods: (earlier?.pods ?? 0) + 1, maxBatch: Math.max(earlier?.maxBatch ?? 0, maxBatchOfPod(pod)) };
  }
  return found;
}

/** `status.replicas` counts pods of any template, `updatedReplicas` those of the newest. */
function isRollingOut({ metadata, status }: Deployment): boolean {
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return true;
  return (status?.updatedReplicas ?? 0) < (status?.replicas ?? 0);
}

function acceleratorChangedAt({ metadata }: Deployment): number | LabelProblem | undefined {
  const text = metadata?.annotations?.[annotations.acceleratorChangedAt];
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  const reason = `annotation ${annotations.acceleratorChangedAt}: ${JSON.stringify(text)}: must be a time (RFC 3339)`;
  return { code: 'bad-annotation', reason };
}
