import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import { KubeError } from '#shared/kube/kube-error.js';
import type { KubeEvent } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createEventRecorder, type EventRecorder } from './event-recorder.js';

const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'infer', uid: 'u' } };

describe('createEventRecorder', () => {
  let clock: ManualClock;
  let recorder: EventRecorder;
  let created: KubeEvent[];
  let patched: { path: string; body: unknown }[];
  let refuse: KubeError | undefined;

  beforeEach(() => {
    clock = new ManualClock(1_000_000);
    created = [];
    patched = [];
    refuse = undefined;
    const answer = <T>(record: () => void): Promise<T> => {
      if (refuse !== undefined) return Promise.reject(refuse);
      record();
      return Promise.resolve({} as T);
    };
    const client: KubeClient = {
      get: () => Promise.reject(new Error('not asked')),
      replace: () => Promise.reject(new Error('not asked')),
      delete: () => Promise.reject(new Error('not asked')),
      create: (_path, body) => answer(() => created.push(body as KubeEvent)),
      patch: (path, _type, body) => answer(() => patched.push({ path, body })),
      close: () => undefined,
    };
    recorder = createEventRecorder(client, clock, silentLogger);
  });

  const record = (message = 'probe failed'): void =>
    recorder.record({ object, type: 'Warning', reason: 'Unhealthy', message, container: 'vllm', node: 'a100-0' });

  it('writes an event about the container of a pod', async () => {
    record();
    await clock.advance(0);
    expect(created).to.have.length(1);
    expect(created[0]).to.deep.include({
      kind: 'Event',
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'probe failed',
      count: 1,
      firstTimestamp: '1970-01-01T00:16:40Z',
      source: { component: 'kubelet', host: 'a100-0' },
    });
    expect(created[0]?.involvedObject).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'p',
      namespace: 'infer',
      uid: 'u',
      fieldPath: 'spec.containers{vllm}',
    });
  });

  it('counts what happens again, with at most one write in 10 s', async () => {
    record();
    await clock.advance(0);
    for (let second = 0; second < 25; second++) {
      record();
      await clock.advance(1_000);
    }
    expect(created).to.have.length(1);
    const counts = patched.map(({ body }) => (body as { count: number }).count);
    expect(counts).to.have.length(2);
    expect(counts[1]).to.be.greaterThan(counts[0]!);
    expect(patched[0]?.path).to.equal(`/api/v1/namespaces/infer/events/${created[0]?.metadata.name ?? ''}`);
  });

  it('writes another message as another event', async () => {
    record('one');
    record('two');
    await clock.advance(0);
    expect(created).to.have.length(2);
  });

  it('gives up on an event that is refused', async () => {
    refuse = new KubeError(403, 'Forbidden', 'namespace is being terminated');
    record();
    await clock.advance(0);
    refuse = undefined;
    await clock.advance(60_000);
    expect(created).to.deep.equal([]);
  });

  it('tries again while the API server is away', async () => {
    refuse = new KubeError(0, 'Unreachable', 'refused');
    record();
    await clock.advance(3_000);
    refuse = undefined;
    await clock.advance(10_000);
    expect(created).to.have.length(1);
  });

  it('drops events beyond its bound while the API server is away, instead of growing', async () => {
    refuse = new KubeError(0, 'Unreachable', 'refused');
    for (let index = 0; index < 5_000; index++) record(`message ${index}`);
    await clock.advance(100);
    refuse = undefined;
    await clock.advance(60_000);
    expect(created.length).to.be.within(1_000, 2_100);
  });
});
