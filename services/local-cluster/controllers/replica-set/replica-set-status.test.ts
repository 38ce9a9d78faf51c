import { expect } from 'chai';
import { podOf, replicaSetOf } from '../test/support/objects.js';
import { replicaSetStatus } from './replica-set-status.js';

describe('replica set status', () => {
  it('counts pods, those with all labels of the template, ready and available ones', () => {
    const replicaSet = replicaSetOf({ replicas: 3 });
    const pods = [
      podOf('a', { owner: replicaSet, ready: true }),
      podOf('b', { owner: replicaSet }),
      podOf('c', { owner: replicaSet, labels: { app: 'web' } }),
    ];
    expect(replicaSetStatus(replicaSet, pods, undefined, 1000).status).to.deep.equal({
      replicas: 3,
      fullyLabeledReplicas: 2,
      readyReplicas: 1,
      availableReplicas: 1,
      observedGeneration: 1,
    });
  });

  it('of none has only the zero of replicas, and the generation', () => {
    expect(replicaSetStatus(replicaSetOf(), [], undefined, 0).status).to.deep.equal({ replicas: 0, observedGeneration: 1 });
  });

  it('counts a pod as available after minReadySeconds, and says when the next one will be', () => {
    const replicaSet = replicaSetOf({ minReadySeconds: 10 });
    const pods = [
      podOf('a', { owner: replicaSet, ready: true, readySinceMs: 1000 }),
      podOf('b', { owner: replicaSet, ready: true, readySinceMs: 5000 }),
      podOf('c', { owner: replicaSet, ready: true, readySinceMs: 8000 }),
    ];
    const early = replicaSetStatus(replicaSet, pods, undefined, 11_000);
    expect(early.status).to.include({ readyReplicas: 3, availableReplicas: 1 });
    expect(early.checkAgainInMs).to.equal(4000);
    const late = replicaSetStatus(replicaSet, pods, undefined, 18_000);
    expect(late.status).to.include({ availableReplicas: 3 });
    expect(late.checkAgainInMs).to.equal(undefined);
  });

  it('tells of the first failure, and takes it back when a round succeeds', () => {
    const replicaSet = replicaSetOf();
    const failed = replicaSetStatus(replicaSet, [], { reason: 'FailedCreate', message: 'quota' }, 5000).status;
    expect(failed.conditions).to.deep.equal([
      {
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message: 'quota',
        lastTransitionTime: '1970-01-01T00:00:05Z',
      },
    ]);
    const failing = { ...replicaSet, status: failed };
    const again = replicaSetStatus(failing, [], { reason: 'FailedCreate', message: 'other' }, 9000).status;
    expect(again.conditions).to.deep.equal(failed.conditions);
    expect(replicaSetStatus(failing, [], undefined, 9000).status).to.not.have.property('conditions');
  });
});
