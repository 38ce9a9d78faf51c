import type { Pod } from '#shared/kube/wire.js';
import type { PodCondition, PodStatus } from '../kube-types.js';
import { wireTime } from '../kube-types.js';
import { containerStatus, type ContainerRecord } from './container-record.js';
import { qosClassOf } from './qos-class.js';
import { restartPolicyOf } from './restart-back-off.js';

/** What the kubelet knows of a pod: the input of its status. */
export interface PodView {
  startTimeMs: number;
  hostIp: string;
  /** Undefined until the pod has its address. */
  podIp: string | undefined;
  /** The address is held for it: false before it starts and when all has ended. */
  sandboxReady: boolean;
  /** All has ended and will not run again, because the pod is being deleted. */
  terminated: boolean;
  /** All init containers have done their part. */
  initialized: boolean;
  initContainers: readonly ContainerRecord[];
  containers: readonly ContainerRecord[];
}

type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/**
 * The status that the API should show. Conditions that are not the kubelet's (PodScheduled, readiness gates) stay as they are in
 * `pod`; a condition that has not turned keeps its time, so that the same view gives the same status.
 */
export function buildPodStatus(pod: Pod, view: PodView, nowMs: number): PodStatus {
  const { podIp, hostIp } = view;
  const phase = phaseOf(pod, view);
  const { generation } = pod.metadata ?? {};
  return {
    phase,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: mergeConditions(pod.status?.conditions ?? [], ownConditions(pod, view, phase), nowMs),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(podIp === undefined ? {} : { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: wireTime(view.startTimeMs),
    qosClass: pod.status?.qosClass ?? qosClassOf(pod.spec),
    ...(view.initContainers.length === 0 ? {} : { initContainerStatuses: view.initContainers.map(containerStatus) }),
    containerStatuses: view.containers.map(containerStatus),
  };
}

/**
 * The kubelet's rule: a container that ended and waits to be started again still counts towards Running; one whose pod is being
 * deleted will not, whatever the restart policy.
 */
export function phaseOf(pod: Pod, view: Pick<PodView, 'initialized' | 'containers' | 'terminated'>): Phase {
  const policy = restartPolicyOf(pod.spec?.restartPolicy);
  const fresh = view.containers.filter(({ state, last }) => state.is === 'waiting' && last === undefined);
  if (!view.terminated && (!view.initialized || fresh.length > 0)) return 'Pending';
  const ended = view.containers.filter(({ state }) => state.is === 'terminated');
  const all = view.containers.length > 0 && ended.length === view.containers.length;
  if (!all || (policy === 'Always' && !view.terminated)) return 'Running';
  if (ended.every(({ state }) => state.is === 'terminated' && state.exitCode === 0)) return 'Succeeded';
  return policy === 'Never' || view.terminated ? 'Failed' : 'Running';
}

interface OwnCondition {
  type: string;
  holds: boolean;
  reason?: string;
  message?: string;
}

function ownConditions(pod: Pod, view: PodView, phase: Phase): OwnCondition[] {
  const waitingInit = view.initContainers.filter(({ state }) => !(state.is === 'terminated' && state.exitCode === 0));
  const unready = view.containers.filter(({ ready }) => !ready);
  const done = phase === 'Succeeded';
  const containersReady = unready.length === 0 && view.containers.length > 0 && !done;
  const why = done
    ? { reason: 'PodCompleted' }
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${namesOf(unready)}]` };
  const gate = closedGate(pod);
  return [
    { type: 'PodReadyToStartContainers', holds: view.sandboxReady },
    {
      type: 'Initialized',
      holds: view.initialized,
      ...(view.initialized
        ? {}
        : { reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${namesOf(waitingInit)}]` }),
    },
    { type: 'ContainersReady', holds: containersReady, ...(containersReady ? {} : why) },
    readyCondition(containersReady, why, gate),
  ];
}

function readyCondition(
  containersReady: boolean,
  why: { reason: string; message?: string },
  gate: string | undefined,
): OwnCondition {
  if (!containersReady) return { type: 'Ready', holds: false, ...why };
  if (gate === undefined) return { type: 'Ready', holds: true };
  return {
    type: 'Ready',
    holds: false,
    reason: 'ReadinessGatesNotReady',
    message: `the status of pod readiness gate "${gate}" is not "True"`,
  };
}

function closedGate(pod: Pod): string | undefined {
  const conditions = pod.status?.conditions ?? [];
  const gates = pod.spec?.readinessGates ?? [];
  return gates
    .map(({ conditionType }) => conditionType)
    .find((type) => !conditions.some((condition) => condition.type === type && condition.status === 'True'));
}

function mergeConditions(existing: readonly PodCondition[], own: readonly OwnCondition[], nowMs: number): PodCondition[] {
  const ownTypes = new Set(own.map(({ type }) => type));
  const foreign = existing.filter(({ type }) => !ownTypes.has(type));
  const mine = own.map(({ type, holds, reason, message }): PodCondition => {
    const previous = existing.find((condition) => condition.type === type);
    const status = holds ? 'True' : 'False';
    const turned = previous?.status !== status;
    // As it came back from the server, with what the server adds: it must compare equal.
    if (!turned && previous.reason === reason && previous.message === message) return previous;
    return {
      type,
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
      lastTransitionTime: turned || previous.lastTransitionTime === undefined ? wireTime(nowMs) : previous.lastTransitionTime,
    };
  });
  return [...mine, ...foreign];
}

function namesOf(records: readonly ContainerRecord[]): string {
  return records.map(({ container }) => container.name).join(' ');
}
