import { expect } from 'chai';
import fc from 'fast-check';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { Pod } from '#shared/kube/wire.js';
import { ManualFeed } from '../test/support/manual-feed.js';
import { podOf, replicaSetOf } from '../test/support/objects.js';
import { Expectations } from './expectations.js';
import { matchesSelector, satisfies } from './label-selector.js';
import { follow, indexBy, nameOf } from './object-feed.js';
import { claimOf } from './owner.js';
import { canonicalText, isSameContent } from './same-content.js';

describe('label selectors', () => {
  const labels = { app: 'web', tier: '3' };
  const cases: [string, Parameters<typeof matchesSelector>[0], boolean][] = [
    ['no selector', undefined, false],
    ['an empty selector', {}, false],
    ['all pairs held', { matchLabels: { app: 'web', tier: '3' } }, true],
    ['one pair not held', { matchLabels: { app: 'web', tier: '4' } }, false],
    ['In', { matchExpressions: [{ key: 'app', operator: 'In', values: ['db', 'web'] }] }, true],
    ['NotIn of an absent key', { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, true],
    ['NotIn', { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, false],
    ['Exists', { matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
    ['DoesNotExist', { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, false],
    ['an unknown operator', { matchExpressions: [{ key: 'tier', operator: 'Like', values: ['3'] }] }, false],
    ['pairs and expressions', { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'zone', operator: 'Exists' }] }, false],
  ];
  for (const [name, selector, expected] of cases) {
    it(`${name}: ${expected ? 'matches' : 'does not match'}`, () => expect(matchesSelector(selector, labels)).to.equal(expected));
  }

  it('compare numbers, and only numbers, by Gt and Lt', () => {
    expect(satisfies({ key: 'tier', operator: 'Gt', values: ['2'] }, labels)).to.equal(true);
    expect(satisfies({ key: 'tier', operator: 'Lt', values: ['3'] }, labels)).to.equal(false);
    expect(satisfies({ key: 'app', operator: 'Gt', values: ['2'] }, labels)).to.equal(false);
    expect(satisfies({ key: 'tier', operator: 'Gt', values: ['x'] }, labels)).to.equal(false);
    expect(satisfies({ key: 'none', operator: 'Lt', values: ['3'] }, labels)).to.equal(false);
  });
});

describe('content', () => {
  it('is the same whatever the order of keys, and with null, empty and absent alike', () => {
    expect(isSameContent({ a: 1, b: { c: [], d: null } }, { b: {}, a: 1 })).to.equal(true);
    expect(isSameContent({ a: 0 }, {})).to.equal(false);
    expect(isSameContent({ a: false }, {})).to.equal(false);
    expect(isSameContent({ a: '' }, {})).to.equal(false);
    expect(isSameContent([1, 2], [2, 1])).to.equal(false);
    expect(isSameContent(undefined, {})).to.equal(true);
  });

  it('has one text however its keys are shuffled', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const shuffled = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalText(shuffled)).to.equal(canonicalText(object));
      }),
    );
  });
});

describe('claims', () => {
  const replicaSet = replicaSetOf({ name: 'web-a' });
  const selector = replicaSet.spec?.selector;
  const dying = { ...replicaSet, metadata: { ...replicaSet.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const other = replicaSetOf({ name: 'web-b' });
  const matching = replicaSet.metadata?.labels ?? {};
  const cases = [
    { name: 'owned and selected', by: replicaSet, pod: podOf('p', { owner: replicaSet }), claim: 'owned' },
    {
      name: 'owned, not selected',
      by: replicaSet,
      pod: podOf('p', { owner: replicaSet, labels: { app: 'x' } }),
      claim: 'release',
    },
    {
      name: 'owned, not selected, by one that is being deleted',
      by: dying,
      pod: podOf('p', { owner: replicaSet, labels: {} }),
      claim: 'none',
    },
    { name: 'a matching orphan', by: replicaSet, pod: podOf('p', { labels: matching }), claim: 'adopt' },
    { name: 'a matching orphan, by one that is being deleted', by: dying, pod: podOf('p', { labels: matching }), claim: 'none' },
    {
      name: 'a matching orphan that is being deleted',
      by: replicaSet,
      pod: podOf('p', { labels: matching, deleted: true }),
      claim: 'none',
    },
    { name: "another one's", by: replicaSet, pod: podOf('p', { owner: other, labels: matching }), claim: 'none' },
    { name: 'an orphan that does not match', by: replicaSet, pod: podOf('p', { labels: { app: 'web' } }), claim: 'none' },
  ];
  for (const { name, by, pod, claim } of cases) {
    it(`${name}: ${claim}`, () => expect(claimOf(by, selector, pod)).to.equal(claim));
  }
});

describe('feeds', () => {
  it('tell of an object that was replaced under the same name as one that went and one that came', () => {
    const feed = new ManualFeed<Pod>();
    const told: string[] = [];
    feed.put(podOf('a'));
    follow(feed, {
      added: (pod) => told.push(`added ${pod.metadata?.uid ?? ''}`),
      updated: (pod) => told.push(`updated ${pod.metadata?.uid ?? ''}`),
      removed: (pod) => told.push(`removed ${pod.metadata?.uid ?? ''}`),
    });
    const replaced = podOf('a');
    replaced.metadata = { ...replaced.metadata, uid: 'other' };
    feed.put(podOf('a'));
    feed.put(replaced);
    feed.remove(replaced);
    expect(told).to.deep.equal(['added uid-a', 'updated uid-a', 'removed uid-a', 'added other', 'removed other']);
  });

  it('are indexed by what the objects say now', () => {
    const feed = new ManualFeed<Pod>();
    feed.put(podOf('a', { node: 'n1' }));
    const byNode = indexBy(feed, (pod) => (pod.spec?.nodeName === undefined ? [] : [pod.spec.nodeName]));
    feed.put(podOf('b'));
    feed.put(podOf('b', { node: 'n1' }));
    feed.put(podOf('a', { node: 'n2' }));
    expect(byNode.of('n1').map(nameOf)).to.deep.equal(['b']);
    expect(byNode.of('n2').map(nameOf)).to.deep.equal(['a']);
    feed.remove(podOf('a', { node: 'n2' }));
    expect(byNode.of('n2')).to.deep.equal([]);
  });
});

describe('expectations', () => {
  it('are unfulfilled until every creation has been seen', async () => {
    const expectations = new Expectations(new ManualClock());
    await expectations.creating('rs', (created) => {
      created('1');
      created('2');
      return Promise.resolve();
    });
    expect(expectations.isFulfilled('rs')).to.equal(false);
    expectations.creationSeen('rs', '1');
    expect(expectations.isFulfilled('rs')).to.equal(false);
    expectations.creationSeen('rs', '2');
    expect(expectations.isFulfilled('rs')).to.equal(true);
  });

  it('do not wait for what the watch showed before the answer came', async () => {
    const expectations = new Expectations(new ManualClock());
    await expectations.creating('rs', (created) => {
      expectations.creationSeen('rs', '1');
      created('1');
      return Promise.resolve();
    });
    expect(expectations.isFulfilled('rs')).to.equal(true);
  });

  it('do not wait for a creation that was seen only as gone', async () => {
    const expectations = new Expectations(new ManualClock());
    await expectations.creating('rs', (created) => {
      created('1');
      return Promise.resolve();
    });
    expectations.deletionSettled('rs', '1');
    expect(expectations.isFulfilled('rs')).to.equal(true);
  });

  it('of deletions end with each one, and those of one key do not touch another', () => {
    const expectations = new Expectations(new ManualClock());
    expectations.expectDeletion('rs', '1');
    expect(expectations.isFulfilled('other')).to.equal(true);
    expect(expectations.isFulfilled('rs')).to.equal(false);
    expectations.deletionSettled('rs', '1');
    expect(expectations.isFulfilled('rs')).to.equal(true);
  });

  it('expire after five minutes', async () => {
    const clock = new ManualClock();
    const expectations = new Expectations(clock);
    expectations.expectDeletion('rs', '1');
    await clock.advance(5 * 60_000);
    expect(expectations.isFulfilled('rs')).to.equal(false);
    await clock.advance(1);
    expect(expectations.isFulfilled('rs')).to.equal(true);
  });
});
