import type { Container, ContainerStatus } from '../kube-types.js';
import { wireTime } from '../kube-types.js';

export interface Terminated {
  exitCode: number;
  reason: string;
  message?: string;
  startedMs: number;
  finishedMs: number;
  containerId: string;
}

export type ContainerState =
  | { is: 'waiting'; reason: string; message?: string }
  | { is: 'running'; startedMs: number }
  | ({ is: 'terminated' } & Terminated);

/** What the kubelet knows of one container of a pod. */
export interface ContainerRecord {
  readonly container: Container;
  state: ContainerState;
  last: Terminated | undefined;
  restartCount: number;
  containerId: string;
  /** Its startup probe has passed, or it runs and has none. */
  started: boolean;
  /** Its readiness probe passes, or it has started and has none. */
  ready: boolean;
}

/** Of a node that went down with the container on it; the figures of the kubelet after a reboot. */
const LOST_EXIT_CODE = 255;

export function newContainerRecord(container: Container): ContainerRecord {
  return {
    container,
    state: { is: 'waiting', reason: 'ContainerCreating' },
    last: undefined,
    restartCount: 0,
    containerId: '',
    started: false,
    ready: false,
  };
}

/**
 * The record of a container that an earlier life of this kubelet had under way, from what it wrote to the API. One that ran went
 * down with that kubelet: its next start is a restart.
 */
export function recoverContainerRecord(
  container: Container,
  status: ContainerStatus | undefined,
  nowMs: number,
): ContainerRecord {
  const record = newContainerRecord(container);
  if (status === undefined) return record;
  record.restartCount = status.restartCount;
  record.containerId = status.containerID ?? '';
  record.last = terminatedOf(status.lastState?.terminated);
  const { running, terminated, waiting } = status.state ?? {};
  // It waited out a back-off, which ends with the kubelet that kept it.
  if (waiting !== undefined && record.last !== undefined) record.restartCount++;
  if (running !== undefined) {
    record.last = {
      exitCode: LOST_EXIT_CODE,
      reason: 'Unknown',
      message: 'the kubelet that ran it ended',
      startedMs: parseTime(running.startedAt, nowMs),
      finishedMs: nowMs,
      containerId: record.containerId,
    };
    record.restartCount++;
  }
  const ended = terminatedOf(terminated);
  if (ended !== undefined) record.state = { is: 'terminated', ...ended };
  return record;
}

/** The record as the API shows it. */
export function containerStatus(record: ContainerRecord): ContainerStatus {
  const { container, state, last } = record;
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: record.containerId === '' ? '' : (container.image ?? ''),
    ...(record.containerId === '' ? {} : { containerID: record.containerId }),
    ready: record.ready,
    started: record.started,
    restartCount: record.restartCount,
    state: wireState(state),
    lastState: last === undefined ? {} : { terminated: wireTerminated(last) },
  };
}

function wireState(state: ContainerState): NonNullable<ContainerStatus['state']> {
  if (state.is === 'running') return { running: { startedAt: wireTime(state.startedMs) } };
  if (state.is === 'terminated') return { terminated: wireTerminated(state) };
  return { waiting: { reason: state.reason, ...(state.message === undefined ? {} : { message: state.message }) } };
}

type WireTerminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

function wireTerminated(ended: Terminated): WireTerminated {
  return {
    exitCode: ended.exitCode,
    reason: ended.reason,
    ...(ended.message === undefined ? {} : { message: ended.message }),
    startedAt: wireTime(ended.startedMs),
    finishedAt: wireTime(ended.finishedMs),
    ...(ended.containerId === '' ? {} : { containerID: ended.containerId }),
  };
}

function terminatedOf(wire: WireTerminated | undefined): Terminated | undefined {
  if (wire === undefined) return undefined;
  return {
    exitCode: wire.exitCode,
    reason: wire.reason ?? 'Unknown',
    ...(wire.message === undefined ? {} : { message: wire.message }),
    startedMs: parseTime(wire.startedAt, 0),
    finishedMs: parseTime(wire.finishedAt, 0),
    containerId: wire.containerID ?? '',
  };
}

function parseTime(value: string | undefined, otherwise: number): number {
  const ms = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(ms) ? otherwise : ms;
}
