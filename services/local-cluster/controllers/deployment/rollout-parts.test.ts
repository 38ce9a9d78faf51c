import { expect } from 'chai';
import fc from 'fast-check';
import { deploymentOf, replicaSetOf, template } from '../test/support/objects.js';
import { scaleProportionally, isScalingEvent } from './proportional-scale.js';
import { draftOf } from './replica-set-drafts.js';
import {
  DESIRED_REPLICAS_ANNOTATION,
  MAX_REPLICAS_ANNOTATION,
  newestAnnotations,
  nextRevision,
  REVISION_ANNOTATION,
  REVISION_HISTORY_ANNOTATION,
} from './revisions.js';
import { rolloutLimits } from './rollout-limits.js';
import { isSameTemplate, replicaSetName, templateHash } from './template-hash.js';

function rolling(maxSurge: unknown, maxUnavailable: unknown) {
  return { type: 'RollingUpdate', rollingUpdate: { maxSurge: maxSurge as string, maxUnavailable: maxUnavailable as string } };
}

describe('rollout limits', () => {
  const cases = [
    { replicas: 10, surge: '25%', unavailable: '25%', expected: { maxSurge: 3, maxUnavailable: 2 } },
    { replicas: 1, surge: '25%', unavailable: '25%', expected: { maxSurge: 1, maxUnavailable: 0 } },
    { replicas: 2, surge: 0, unavailable: '1%', expected: { maxSurge: 0, maxUnavailable: 1 } },
    { replicas: 4, surge: 1, unavailable: 0, expected: { maxSurge: 1, maxUnavailable: 0 } },
    { replicas: 3, surge: 0, unavailable: 8, expected: { maxSurge: 0, maxUnavailable: 3 } },
    { replicas: 0, surge: '25%', unavailable: '25%', expected: { maxSurge: 0, maxUnavailable: 0 } },
    { replicas: 4, surge: undefined, unavailable: undefined, expected: { maxSurge: 1, maxUnavailable: 1 } },
    { replicas: 3, surge: '200%', unavailable: '100%', expected: { maxSurge: 6, maxUnavailable: 3 } },
  ];
  for (const { replicas, surge, unavailable, expected } of cases) {
    it(`of ${replicas} replicas with surge ${String(surge)} and unavailable ${String(unavailable)}`, () => {
      expect(rolloutLimits(deploymentOf({ replicas, strategy: rolling(surge, unavailable) }))).to.deep.equal(expected);
    });
  }

  it('are none for Recreate', () => {
    expect(rolloutLimits(deploymentOf({ strategy: { type: 'Recreate' } }))).to.deep.equal({ maxSurge: 0, maxUnavailable: 0 });
  });
});

describe('template hash', () => {
  it('is the same for the same content in another order, and for what an API server may leave out', () => {
    const one = { metadata: { labels: { a: '1', b: '2' } }, spec: { containers: [{ name: 'x', image: 'i' }] } };
    const other = {
      spec: { containers: [{ image: 'i', name: 'x', env: [] }] },
      metadata: { creationTimestamp: null as unknown as string, labels: { b: '2', a: '1' } },
    };
    expect(templateHash(other, undefined)).to.equal(templateHash(one, undefined));
    expect(isSameTemplate(one, other)).to.equal(true);
  });

  it('does not count the hash label itself, so that a replica set has the template of its deployment', () => {
    const [replicaSet, deployment] = [replicaSetOf(), deploymentOf()];
    expect(replicaSet.spec?.template?.metadata?.labels).to.have.property('pod-template-hash');
    expect(isSameTemplate(replicaSet.spec?.template, deployment.spec?.template)).to.equal(true);
  });

  it('differs by content and by the count of collisions, and is made of safe letters', () => {
    const hashes = [
      templateHash(template(1), undefined),
      templateHash(template(2), undefined),
      templateHash(template(1), 1),
      templateHash(template(1), 2),
    ];
    expect(new Set(hashes).size).to.equal(4);
    for (const hash of hashes) expect(hash).to.match(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  });

  it('never makes a name too long', () => {
    expect(replicaSetName('web', 'abc')).to.equal('web-abc');
    expect(replicaSetName('w'.repeat(300), 'abc'))
      .to.have.length(253)
      .and.to.match(/-abc$/);
  });
});

describe('revisions', () => {
  it('are one more than any old one; what is no number counts as none', () => {
    const sets = ['3', '7', 'x', undefined].map((revision, at) =>
      replicaSetOf({ name: `web-${at}`, annotations: revision === undefined ? {} : { [REVISION_ANNOTATION]: revision } }),
    );
    expect(nextRevision(sets)).to.equal(8);
    expect(nextRevision([])).to.equal(1);
  });

  it('hand the deployment’s annotations down, but not those that are each one’s own', () => {
    const deployment = deploymentOf();
    deployment.metadata = {
      ...deployment.metadata,
      annotations: { note: 'new', [REVISION_ANNOTATION]: '9', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    };
    expect(newestAnnotations(deployment, { note: 'old', kept: 'yes' }, 2)).to.deep.equal({
      note: 'new',
      kept: 'yes',
      [REVISION_ANNOTATION]: '2',
    });
  });

  it('keep the history of a replica set that becomes the newest again, and never fall', () => {
    const deployment = deploymentOf();
    const again = newestAnnotations(deployment, { [REVISION_ANNOTATION]: '1' }, 3);
    expect(again).to.include({ [REVISION_ANNOTATION]: '3', [REVISION_HISTORY_ANNOTATION]: '1' });
    const oftener = newestAnnotations(deployment, again, 5);
    expect(oftener).to.include({ [REVISION_ANNOTATION]: '5', [REVISION_HISTORY_ANNOTATION]: '1,3' });
    expect(newestAnnotations(deployment, oftener, 2)).to.deep.equal(oftener);
    expect(newestAnnotations(deployment, { [REVISION_ANNOTATION]: 'x' }, 2)).to.deep.equal({ [REVISION_ANNOTATION]: 'x' });
  });

  it('let the oldest fall out of a history that grows too long', () => {
    const history = Array.from({ length: 500 }, (_, at) => String(1000 + at)).join(',');
    const annotations = { [REVISION_ANNOTATION]: '1500', [REVISION_HISTORY_ANNOTATION]: history };
    const next = newestAnnotations(deploymentOf(), annotations, 1501)[REVISION_HISTORY_ANNOTATION] ?? '';
    expect(next.length).to.be.at.most(2000);
    expect(next).to.match(/,1500$/);
  });
});

describe('proportional scaling', () => {
  function setsFor(sizes: readonly number[], desired: number, most: number) {
    return sizes.map((replicas, at) =>
      draftOf(
        replicaSetOf({
          name: `web-${at}`,
          replicas,
          version: at + 1,
          createdMs: at * 1000,
          annotations: { [DESIRED_REPLICAS_ANNOTATION]: String(desired), [MAX_REPLICAS_ANNOTATION]: String(most) },
        }),
      ),
    );
  }

  const cases = [
    { name: 'up, in proportion', sizes: [8, 5], from: 10, to: 15, surge: 3, expected: [11, 7] },
    { name: 'up, of equal ones the newer gets the odd one', sizes: [5, 5], from: 10, to: 11, surge: 0, expected: [5, 6] },
    { name: 'down, of equal ones the older gives the odd one', sizes: [5, 5], from: 10, to: 9, surge: 0, expected: [4, 5] },
    { name: 'to zero, all', sizes: [8, 5], from: 10, to: 0, surge: 3, expected: [0, 0] },
    { name: 'three sets', sizes: [5, 3, 2], from: 10, to: 20, surge: 0, expected: [10, 6, 4] },
    { name: 'an idle set stays idle', sizes: [0, 4, 6], from: 10, to: 20, surge: 0, expected: [0, 8, 12] },
  ];
  for (const { name, sizes, from, to, surge, expected } of cases) {
    it(name, () => {
      const deployment = deploymentOf({ replicas: to, strategy: rolling(surge, surge === 0 ? 1 : 0) });
      const drafts = setsFor(sizes, from, from + surge);
      expect(isScalingEvent(deployment, drafts)).to.equal(true);
      scaleProportionally(deployment, drafts.at(-1), drafts.slice(0, -1));
      expect(drafts.map(({ replicas }) => replicas)).to.deep.equal(expected);
      expect(isScalingEvent(deployment, drafts)).to.equal(false);
    });
  }

  it('gives all to the only active one, else to the newest', () => {
    const deployment = deploymentOf({ replicas: 7 });
    const active = setsFor([4, 0], 4, 5);
    scaleProportionally(deployment, active[1], active.slice(0, 1));
    expect(active.map(({ replicas }) => replicas)).to.deep.equal([7, 0]);
    const idle = setsFor([0, 0], 0, 1);
    scaleProportionally(deployment, idle[1], idle.slice(0, 1));
    expect(idle.map(({ replicas }) => replicas)).to.deep.equal([0, 7]);
  });

  it('takes all from the old ones when the newest holds and serves everything', () => {
    const deployment = deploymentOf({ replicas: 4 });
    const drafts = setsFor([2, 4], 4, 5);
    scaleProportionally(deployment, drafts[1], drafts.slice(0, 1));
    expect(drafts.map(({ replicas }) => replicas)).to.deep.equal([0, 4]);
  });

  it('always ends at desired + surge in all, with no negative size', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 9 }), (before, to, surge) => {
        const total = before.reduce((sum, size) => sum + size, 0);
        const drafts = setsFor(before, total + 1, total + 1 + surge);
        // Nothing is available, so that the newest is never saturated.
        for (const { stored } of drafts) stored.status = { replicas: 0 };
        const deployment = deploymentOf({ replicas: to, strategy: rolling(surge, 1) });
        scaleProportionally(deployment, drafts.at(-1), drafts.slice(0, -1));
        const after = drafts.map(({ replicas }) => replicas);
        expect(Math.min(...after)).to.be.at.least(0);
        expect(after.reduce((sum, size) => sum + size, 0)).to.equal(to === 0 ? 0 : to + surge);
      }),
    );
  });
});
