import type { V1ContainerState, V1ContainerStatus, V1PodSpec, V1PodStatus } from '@kubernetes/client-node';
import type { Loose } from '../kinds/kind.js';
import type { KubeObject } from '../objects.js';
import { humanDuration } from './duration.js';

type Pod = KubeObject & { spec?: Loose<V1PodSpec>; status?: Loose<V1PodStatus> };
type State = Loose<V1ContainerState>;
type ContainerStatus = Loose<V1ContainerStatus>;

/** `ready containers / containers`. */
export function podReadiness({ spec, status }: Pod): string {
  const ready = (status?.containerStatuses ?? []).filter(
    (container) => container.ready === true && container.state?.running !== undefined,
  );
  return `${ready.length}/${spec?.containers?.length ?? 0}`;
}

/** The restarts of the containers, with the time since the last one. */
export function podRestarts({ status }: Pod, nowMs: number): string {
  const containers = status?.containerStatuses ?? [];
  const restarts = containers.reduce((sum, container) => sum + (container.restartCount ?? 0), 0);
  const ends = containers.flatMap(({ lastState }) => lastState?.terminated?.finishedAt ?? []).map((time) => Date.parse(time));
  if (restarts === 0 || ends.length === 0) return String(restarts);
  return `${restarts} (${humanDuration(nowMs - Math.max(...ends))} ago)`;
}

/** The one word that tells what a pod is about: its phase, or the reason that a container waits or ended, or that it is going. */
export function podStatusText(pod: Pod): string {
  const { metadata, status } = pod;
  const initReason = initText(pod);
  const word = initReason ?? containersText(pod) ?? status?.reason ?? schedulingText(pod) ?? status?.phase ?? 'Unknown';
  if (metadata.deletionTimestamp === undefined) return word;
  if (status?.reason === 'NodeLost') return 'Unknown';
  const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  return isOver ? word : 'Terminating';
}

function schedulingText({ status }: Pod): string | undefined {
  const gated = (status?.conditions ?? []).some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');
  return gated ? 'SchedulingGated' : undefined;
}

function initText({ spec, status }: Pod): string | undefined {
  const initContainers = status?.initContainerStatuses ?? [];
  for (const [index, { state, started }] of initContainers.entries()) {
    if (state?.terminated?.exitCode === 0) continue;
    if (isSidecar(spec, index) && started === true) continue;
    if (state?.terminated !== undefined) return `Init:${endText(state.terminated)}`;
    const waiting = state?.waiting?.reason;
    if (waiting !== undefined && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${spec?.initContainers?.length ?? initContainers.length}`;
  }
  return undefined;
}

function isSidecar(spec: Pod['spec'], index: number): boolean {
  return spec?.initContainers?.[index]?.restartPolicy === 'Always';
}

// The first container with something to tell wins.
function containersText({ status }: Pod): string | undefined {
  const containers = status?.containerStatuses ?? [];
  const word = containers.map(({ state }) => stateText(state)).find((text) => text !== undefined);
  if (word !== 'Completed' || !containers.some((container) => isRunning(container))) return word;
  const isReady = (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
  return isReady ? 'Running' : 'NotReady';
}

function isRunning({ ready, state }: ContainerStatus): boolean {
  return ready === true && state?.running !== undefined;
}

function stateText(state: State | undefined): string | undefined {
  if (state?.waiting?.reason !== undefined) return state.waiting.reason;
  return state?.terminated === undefined ? undefined : endText(state.terminated);
}

function endText({ reason, signal, exitCode }: NonNullable<State['terminated']>): string {
  if (reason !== undefined) return reason;
  return signal === undefined || signal === 0 ? `ExitCode:${exitCode ?? 0}` : `Signal:${signal}`;
}
