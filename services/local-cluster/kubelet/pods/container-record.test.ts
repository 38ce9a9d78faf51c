import { expect } from 'chai';
import type { ContainerStatus } from '../kube-types.js';
import { containerStatus, recoverContainerRecord } from './container-record.js';

const NOW_MS = Date.parse('2026-03-01T10:00:00Z');
const container = { name: 'vllm', image: 'vllm:1' };

function shown(overrides: Partial<ContainerStatus>): ContainerStatus {
  return {
    name: 'vllm',
    image: 'vllm:1',
    imageID: '',
    ready: true,
    restartCount: 2,
    containerID: 'simulated://old',
    ...overrides,
  };
}

describe('recoverContainerRecord', () => {
  it('counts a container that ran as restarted, and keeps its last life', () => {
    const record = recoverContainerRecord(
      container,
      shown({ state: { running: { startedAt: '2026-03-01T09:00:00Z' } } }),
      NOW_MS,
    );
    expect(containerStatus(record)).to.deep.include({
      ready: false,
      restartCount: 3,
      state: { waiting: { reason: 'ContainerCreating' } },
      lastState: {
        terminated: {
          exitCode: 255,
          reason: 'Unknown',
          message: 'the kubelet that ran it ended',
          startedAt: '2026-03-01T09:00:00Z',
          finishedAt: '2026-03-01T10:00:00Z',
          containerID: 'simulated://old',
        },
      },
    });
  });

  it('counts one that waited out a back-off as restarted', () => {
    const terminated = { exitCode: 1, reason: 'Error', startedAt: '2026-03-01T09:00:00Z', finishedAt: '2026-03-01T09:00:01Z' };
    const status = shown({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } });
    const record = recoverContainerRecord(container, status, NOW_MS);
    expect(record.restartCount).to.equal(3);
    expect(record.last).to.include({ exitCode: 1, reason: 'Error' });
  });

  it('leaves one that never started at its count', () => {
    const record = recoverContainerRecord(
      container,
      shown({ restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } }),
      NOW_MS,
    );
    expect(record.restartCount).to.equal(0);
  });

  it('leaves one that ended as it ended', () => {
    const terminated = {
      exitCode: 0,
      reason: 'Completed',
      startedAt: '2026-03-01T09:00:00Z',
      finishedAt: '2026-03-01T09:00:01Z',
    };
    const record = recoverContainerRecord(container, shown({ state: { terminated } }), NOW_MS);
    expect(containerStatus(record).state?.terminated).to.deep.include({ exitCode: 0, finishedAt: '2026-03-01T09:00:01Z' });
  });

  it('starts anew where nothing was written yet', () => {
    expect(recoverContainerRecord(container, undefined, NOW_MS)).to.include({ restartCount: 0, ready: false, last: undefined });
  });
});
