import { expect } from 'chai';
import { podReadiness, podRestarts, podStatusText } from './pod-status.js';

type Pod = Parameters<typeof podStatusText>[0];
type Status = NonNullable<Pod['status']>;

const running = { ready: true, state: { running: {} } };
const ended = (exitCode: number, reason?: string) => ({
  state: { terminated: { exitCode, ...(reason === undefined ? {} : { reason }) } },
});
const waiting = (reason: string) => ({ state: { waiting: { reason } } });

function pod(status: Status, extra: { deleted?: true; containers?: number; initContainers?: number } = {}): Pod {
  const named = (count = 0) => Array.from({ length: count }, (_, index) => ({ name: `c${index}` }));
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'p', ...(extra.deleted === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: { containers: named(extra.containers ?? 1), initContainers: named(extra.initContainers) },
    status,
  };
}

describe('podStatusText', () => {
  const cases: [title: string, pod: Pod, text: string][] = [
    ['the phase', pod({ phase: 'Pending' }), 'Pending'],
    ['the reason of the pod', pod({ phase: 'Failed', reason: 'Evicted' }), 'Evicted'],
    ['why a container waits', pod({ phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] }), 'ContainerCreating'],
    ['why a container ended', pod({ phase: 'Running', containerStatuses: [ended(137, 'OOMKilled')] }), 'OOMKilled'],
    ['an exit code without a reason', pod({ phase: 'Running', containerStatuses: [ended(3)] }), 'ExitCode:3'],
    [
      'the progress of init containers',
      pod({ phase: 'Pending', initContainerStatuses: [waiting('PodInitializing')] }, { initContainers: 2 }),
      'Init:0/2',
    ],
    [
      'the failure of an init container',
      pod({ phase: 'Pending', initContainerStatuses: [ended(1, 'Error')] }, { initContainers: 1 }),
      'Init:Error',
    ],
    [
      'what runs after the init containers',
      pod({ phase: 'Running', initContainerStatuses: [ended(0)], containerStatuses: [running] }),
      'Running',
    ],
    ['that it is going', pod({ phase: 'Running', containerStatuses: [running] }, { deleted: true }), 'Terminating'],
    [
      'how a dead one ended, though it is going',
      pod({ phase: 'Succeeded', containerStatuses: [ended(0, 'Completed')] }, { deleted: true }),
      'Completed',
    ],
    [
      'that it is scheduling-gated',
      pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
      'SchedulingGated',
    ],
  ];
  for (const [title, subject, text] of cases) it(`tells ${title}`, () => expect(podStatusText(subject)).to.equal(text));
});

describe('podReadiness', () => {
  it('counts the containers that run and are ready', () => {
    const status = { containerStatuses: [running, { ready: false, state: { running: {} } }] };
    expect(podReadiness(pod(status, { containers: 3 }))).to.equal('1/3');
  });
});

describe('podRestarts', () => {
  it('adds them up and tells how long ago the last one was', () => {
    const nowMs = Date.parse('2026-01-01T00:05:00Z');
    const last = (finishedAt: string, restartCount: number) => ({
      restartCount,
      lastState: { terminated: { exitCode: 1, finishedAt } },
    });
    const status = { containerStatuses: [last('2026-01-01T00:00:00Z', 2), last('2026-01-01T00:03:00Z', 1)] };
    expect(podRestarts(pod(status), nowMs)).to.equal('3 (2m ago)');
    expect(podRestarts(pod({}), nowMs)).to.equal('0');
  });
});
