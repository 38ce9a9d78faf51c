import { expect } from 'chai';
import type { Pod } from '#shared/kube/wire.js';
import type { PodCondition } from '../kube-types.js';
import { newContainerRecord, type ContainerRecord, type ContainerState } from './container-record.js';
import { buildPodStatus, phaseOf, type PodView } from './pod-status.js';

const START_MS = Date.parse('2026-03-01T10:00:00Z');

function record(overrides: Partial<ContainerRecord> = {}): ContainerRecord {
  return { ...newContainerRecord({ name: 'vllm', image: 'vllm:1' }), ...overrides };
}

function ended(exitCode: number): ContainerState {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return { is: 'terminated', exitCode, reason, startedMs: START_MS, finishedMs: START_MS + 1000, containerId: 'c' };
}

const running: ContainerState = { is: 'running', startedMs: START_MS };
const last = { exitCode: 1, reason: 'Error', startedMs: START_MS, finishedMs: START_MS, containerId: 'c' };

function view(overrides: Partial<PodView> = {}): PodView {
  return {
    startTimeMs: START_MS,
    hostIp: '127.0.0.1',
    podIp: '127.20.0.1',
    sandboxReady: true,
    terminated: false,
    initialized: true,
    initContainers: [],
    containers: [record({ state: running, ready: true, started: true, containerId: 'simulated://1' })],
    ...overrides,
  };
}

function pod(overrides: { spec?: Partial<Pod['spec']>; conditions?: PodCondition[] } = {}): Pod {
  return {
    metadata: { name: 'p', namespace: 'infer', generation: 3 },
    spec: { containers: [{ name: 'vllm', image: 'vllm:1' }], ...overrides.spec },
    status: { conditions: overrides.conditions ?? [] },
  };
}

function conditionsOf(of: Pod, seen: PodView, nowMs = START_MS): Record<string, string> {
  const { conditions = [] } = buildPodStatus(of, seen, nowMs);
  return Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
}

describe('phaseOf', () => {
  const waiting: ContainerState = { is: 'waiting', reason: 'ContainerCreating' };
  const crashed: ContainerState = { is: 'waiting', reason: 'CrashLoopBackOff' };
  const cases: [string, { restartPolicy?: string }, Partial<PodView>, string][] = [
    ['containers being made', {}, { containers: [record({ state: waiting })] }, 'Pending'],
    ['init containers not done', {}, { initialized: false, containers: [record({ state: waiting })] }, 'Pending'],
    [
      'one runs, one is still being made',
      {},
      { containers: [record({ state: running }), record({ state: waiting })] },
      'Pending',
    ],
    ['runs', {}, { containers: [record({ state: running })] }, 'Running'],
    ['waits to be restarted', {}, { containers: [record({ state: crashed, last })] }, 'Running'],
    ['ended well, to be restarted', { restartPolicy: 'Always' }, { containers: [record({ state: ended(0) })] }, 'Running'],
    [
      'ended well, not to be restarted',
      { restartPolicy: 'OnFailure' },
      { containers: [record({ state: ended(0) })] },
      'Succeeded',
    ],
    ['failed, not to be restarted', { restartPolicy: 'Never' }, { containers: [record({ state: ended(1) })] }, 'Failed'],
    ['failed, to be restarted', { restartPolicy: 'OnFailure' }, { containers: [record({ state: ended(1) })] }, 'Running'],
    ['deleted and ended well', {}, { terminated: true, containers: [record({ state: ended(0) })] }, 'Succeeded'],
    ['deleted and killed', {}, { terminated: true, containers: [record({ state: ended(137) })] }, 'Failed'],
    [
      'deleted before it started',
      {},
      { terminated: true, initialized: false, containers: [record({ state: ended(0) })] },
      'Succeeded',
    ],
  ];
  for (const [name, spec, seen, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      expect(phaseOf(pod({ spec }), view(seen))).to.equal(expected);
    });
  }
});

describe('buildPodStatus', () => {
  it('shows a running pod with its address, containers and conditions', () => {
    const status = buildPodStatus(pod(), view(), START_MS + 5_000);
    expect(status).to.deep.include({
      phase: 'Running',
      observedGeneration: 3,
      podIP: '127.20.0.1',
      podIPs: [{ ip: '127.20.0.1' }],
      hostIP: '127.0.0.1',
      startTime: '2026-03-01T10:00:00Z',
      qosClass: 'BestEffort',
    });
    expect(status.containerStatuses).to.deep.equal([
      {
        name: 'vllm',
        image: 'vllm:1',
        imageID: 'vllm:1',
        containerID: 'simulated://1',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: '2026-03-01T10:00:00Z' } },
        lastState: {},
      },
    ]);
    expect(conditionsOf(pod(), view())).to.deep.equal({
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      ContainersReady: 'True',
      Ready: 'True',
    });
  });

  it('names the containers that are not ready', () => {
    const { conditions } = buildPodStatus(pod(), view({ containers: [record({ state: running })] }), START_MS);
    const ready = conditions?.find(({ type }) => type === 'Ready');
    expect(ready).to.include({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [vllm]',
    });
  });

  it('keeps the conditions of others, and the time of its own that have not turned', () => {
    const scheduled: PodCondition = { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-03-01T09:00:00Z' };
    const first = buildPodStatus(pod({ conditions: [scheduled] }), view({ containers: [record({ state: running })] }), START_MS);
    const second = buildPodStatus(pod({ conditions: first.conditions ?? [] }), view(), START_MS + 9_000);
    const timeOf = (type: string) => second.conditions?.find((item) => item.type === type)?.lastTransitionTime;
    expect(timeOf('PodScheduled')).to.equal('2026-03-01T09:00:00Z');
    expect(timeOf('Initialized')).to.equal('2026-03-01T10:00:00Z');
    expect(timeOf('Ready')).to.equal('2026-03-01T10:00:09Z');
  });

  it('gives the same status for the same view, as the server gave it back: nothing to write', () => {
    const first = buildPodStatus(pod(), view(), START_MS);
    const back = first.conditions?.map((item) => ({ ...item, lastProbeTime: null as unknown as string })) ?? [];
    expect(buildPodStatus(pod({ conditions: back }), view(), START_MS + 60_000).conditions).to.deep.equal(back);
  });

  it('is not ready while a readiness gate is closed', () => {
    const spec = { readinessGates: [{ conditionType: 'example.com/gate' }] };
    expect(conditionsOf(pod({ spec }), view())['Ready']).to.equal('False');
    const open = [{ type: 'example.com/gate', status: 'True' }];
    expect(conditionsOf(pod({ spec, conditions: open }), view())['Ready']).to.equal('True');
  });
});
