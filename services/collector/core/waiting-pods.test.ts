import { expect } from 'chai';
import type { Pod } from '#shared/kube/wire.js';
import { deployment, pod, server, type PodOptions } from '../test/support/builders.js';
import { serverStatus } from './server-status.js';

describe('pods that are waited for', () => {
  const owner = deployment({ replicas: 3 });
  const at = (minute: number): string => `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`;
  const status = (...pods: Pod[]) => serverStatus(server(owner, pods), () => true).status;

  function since(minute: number, options: PodOptions, containers: NonNullable<Pod['status']>['containerStatuses'] = []): Pod {
    const one = pod(owner, options);
    const metadata = { ...one.metadata, creationTimestamp: at(minute) };
    return { ...one, metadata, status: { ...one.status, containerStatuses: containers } };
  }

  const container = (reason: string, message?: string) => [
    {
      name: 'vllm',
      image: '',
      imageID: '',
      ready: false,
      restartCount: 4,
      state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
    },
  ];

  it('are told by accelerator and why, with the oldest one’s time and words', () => {
    const { waiting, serving } = status(
      since(5, { name: 'a', state: 'unschedulable' }),
      since(3, { name: 'b', state: 'starting' }),
      since(4, { name: 'f', state: 'starting' }, container('ImagePullBackOff')),
      since(1, { name: 'c', state: 'unschedulable', accelerator: 'G2' }),
      since(0, { name: 'd', accelerator: 'G2' }),
      since(0, { name: 'e', state: 'terminating' }),
    );
    expect(waiting).to.deep.equal([
      {
        accelerator: 'G2',
        pods: 1,
        since: Date.parse(at(1)),
        why: 'unschedulable',
        reason: '0/4 nodes: Insufficient inferno.io/A100',
      },
      {
        accelerator: 'A100',
        pods: 2,
        since: Date.parse(at(3)),
        why: 'not-ready',
        reason: 'its containers run and are not ready',
      },
      {
        accelerator: 'A100',
        pods: 1,
        since: Date.parse(at(5)),
        why: 'unschedulable',
        reason: '0/4 nodes: Insufficient inferno.io/A100',
      },
    ]);
    expect(serving).to.deep.equal({ G2: { pods: 1, maxBatch: 0 } });
  });

  it('tells a crash loop from an image that cannot be had', () => {
    const loop = status(since(1, { state: 'starting' }, container('CrashLoopBackOff', 'back-off 40s'))).waiting[0]!;
    expect(loop).to.include({ why: 'crash-loop', reason: 'container vllm was restarted 4 times' });
    const pull = status(since(1, { state: 'starting' }, container('ImagePullBackOff', 'not found'))).waiting[0]!;
    expect(pull).to.include({ why: 'not-ready', reason: 'container vllm: ImagePullBackOff: not found' });
  });

  it('tells a pod that no scheduler has looked at from one that has a node', () => {
    const { spec, ...one } = since(1, { state: 'starting' });
    expect(status({ ...one, spec: { containers: spec!.containers } }).waiting[0]).to.include({ why: 'unscheduled', pods: 1 });
  });

  it('count from when they ceased to be ready, and not at all where nothing tells since when', () => {
    const once = since(0, { state: 'starting' });
    const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: at(8) }];
    expect(status({ ...once, status: { ...once.status, conditions } }).waiting[0]!.since).to.equal(Date.parse(at(8)));
    expect(status(pod(owner, { state: 'starting' })).waiting).to.deep.equal([]);
  });
});
