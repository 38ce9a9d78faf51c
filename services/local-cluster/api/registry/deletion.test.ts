import { expect } from 'chai';
import { deployments } from '../kinds/deployments.js';
import { namespaces } from '../kinds/namespaces.js';
import { pods } from '../kinds/pods.js';
import type { KubeObject, ObjectMeta } from '../objects.js';
import { StatusError } from '../status-error.js';
import { isReadyToGo, planDeletion } from './deletion.js';

const nowMs = Date.parse('2026-01-01T00:00:00Z');

function object(kind: string, metadata: ObjectMeta = {}, rest: object = {}): KubeObject {
  return { kind, apiVersion: 'v1', metadata: { name: 'x', uid: 'u', resourceVersion: '7', ...metadata }, ...rest };
}

const onNode = { spec: { nodeName: 'n', terminationGracePeriodSeconds: 10 }, status: { phase: 'Running' } };

describe('planDeletion', () => {
  it('removes at once what nothing holds', () => {
    expect(planDeletion(deployments, object('Deployment'), {}, nowMs)).to.deep.equal({ marked: undefined, isRemoved: true });
  });

  it('marks what a finalizer holds, as a new generation, and changes nothing the second time', () => {
    const held = object('Deployment', { finalizers: ['a/b'], generation: 3 });
    const { marked, isRemoved } = planDeletion(deployments, held, {}, nowMs);
    expect(isRemoved).to.equal(false);
    expect(marked?.metadata).to.include({
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
      generation: 4,
    });
    expect(planDeletion(deployments, marked!, {}, nowMs + 5000)).to.deep.equal({ marked: undefined, isRemoved: false });
  });

  it('adds the finalizer of the asked-for propagation, and takes back an earlier one', () => {
    const orphaned = planDeletion(deployments, object('Deployment'), { propagationPolicy: 'Orphan' }, nowMs).marked;
    expect(orphaned?.metadata.finalizers).to.deep.equal(['orphan']);
    const foreground = planDeletion(deployments, orphaned!, { propagationPolicy: 'Foreground' }, nowMs).marked;
    expect(foreground?.metadata.finalizers).to.deep.equal(['foregroundDeletion']);
  });

  it('leaves a namespace terminating until it is finalized', () => {
    const spec = { finalizers: ['kubernetes'] };
    const { marked, isRemoved } = planDeletion(namespaces, object('Namespace', {}, { spec }), {}, nowMs);
    expect(isRemoved).to.equal(false);
    expect(marked).to.deep.include({ status: { phase: 'Terminating' }, spec });
  });

  describe('of a pod', () => {
    it('on a node gives it its grace period', () => {
      const { marked, isRemoved } = planDeletion(pods, object('Pod', {}, onNode), {}, nowMs);
      expect(isRemoved).to.equal(false);
      expect(marked?.metadata).to.include({ deletionTimestamp: '2026-01-01T00:00:10Z', deletionGracePeriodSeconds: 10 });
    });

    it('takes a grace period that is asked for, 0 included', () => {
      const pod = object('Pod', {}, onNode);
      const long = planDeletion(pods, pod, { gracePeriodSeconds: 60 }, nowMs);
      expect(long.marked?.metadata.deletionTimestamp).to.equal('2026-01-01T00:01:00Z');
      expect(planDeletion(pods, pod, { gracePeriodSeconds: 0 }, nowMs).isRemoved).to.equal(true);
    });

    for (const [title, rest] of [
      ['that is on no node', { spec: {} }],
      ['that has ended', { ...onNode, status: { phase: 'Succeeded' } }],
    ] as const) {
      it(`${title} removes it at once`, () => {
        expect(planDeletion(pods, object('Pod', {}, rest), {}, nowMs).isRemoved).to.equal(true);
      });
    }

    it('that is going already can only be hastened, counted from when it began', () => {
      const going = planDeletion(pods, object('Pod', {}, onNode), {}, nowMs).marked!;
      expect(planDeletion(pods, going, {}, nowMs)).to.deep.equal({ marked: undefined, isRemoved: false });
      expect(planDeletion(pods, going, { gracePeriodSeconds: 99 }, nowMs).marked).to.equal(undefined);
      const hastened = planDeletion(pods, going, { gracePeriodSeconds: 3 }, nowMs + 1000);
      expect(hastened.marked?.metadata).to.include({ deletionTimestamp: '2026-01-01T00:00:03Z', deletionGracePeriodSeconds: 3 });
      expect(planDeletion(pods, going, { gracePeriodSeconds: 0 }, nowMs).isRemoved).to.equal(true);
    });

    it('with a finalizer leaves it there even without grace', () => {
      const pod = object('Pod', { finalizers: ['a/b'] }, onNode);
      const { marked, isRemoved } = planDeletion(pods, pod, { gracePeriodSeconds: 0 }, nowMs);
      expect(isRemoved).to.equal(false);
      expect(isReadyToGo({ ...marked!, metadata: { ...marked!.metadata, finalizers: [] } })).to.equal(true);
    });
  });

  it('refuses when a precondition does not hold', () => {
    const subject = object('Deployment');
    for (const preconditions of [{ uid: 'other' }, { resourceVersion: '6' }]) {
      const refused = () => planDeletion(deployments, subject, { preconditions }, nowMs);
      expect(refused).to.throw(StatusError).with.nested.property('status.code', 409);
    }
    expect(planDeletion(deployments, subject, { preconditions: { uid: 'u', resourceVersion: '7' } }, nowMs).isRemoved).to.equal(
      true,
    );
  });
});
