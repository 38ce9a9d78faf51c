import { expect } from 'chai';
import fc from 'fast-check';
import type { Pod } from '#shared/kube/wire.js';
import { nameOf } from '../machinery/object-feed.js';
import { podOf, type PodWish } from '../test/support/objects.js';
import { chooseVictims, deletionCost, DELETION_COST_ANNOTATION } from './victims.js';

const ready: PodWish = { ready: true, node: 'n1', readySinceMs: 50_000, createdMs: 10_000 };
const cost = (value: string): PodWish => ({ annotations: { [DELETION_COST_ANNOTATION]: value } });

describe('victims', () => {
  const cases: { name: string; first: PodWish; then: PodWish }[] = [
    { name: 'without a node before with one', first: { ...ready, node: '' }, then: { ...ready, ready: false } },
    { name: 'pending before unknown', first: { ...ready, phase: 'Pending' }, then: { ...ready, phase: 'Unknown' } },
    { name: 'unknown before running', first: { ...ready, phase: 'Unknown' }, then: { ...ready, ready: false, phase: 'Running' } },
    {
      name: 'not ready before ready, however dear',
      first: { ...ready, ...cost('100'), ready: false, phase: 'Running' },
      then: { ...ready, ...cost('-100') },
    },
    {
      name: 'lower cost before higher, however young',
      first: { ...ready, ...cost('-1') },
      then: { ...ready, createdMs: 90_000 },
    },
    { name: 'no cost before a positive one', first: ready, then: { ...ready, ...cost('1') } },
    { name: 'ready for less time before ready for longer', first: { ...ready, readySinceMs: 60_000 }, then: ready },
    { name: 'restarted more often before less often', first: { ...ready, restarts: 2 }, then: { ...ready, createdMs: 90_000 } },
    { name: 'younger before older', first: { ...ready, createdMs: 20_000 }, then: ready },
  ];
  for (const { name, first, then } of cases) {
    it(name, () => {
      // Names against the expected order, so that the tie-break cannot bring it about.
      const pods = [podOf('a', then), podOf('b', first)];
      expect(chooseVictims(pods, 1, pods).map(nameOf)).to.deep.equal(['b']);
      expect(chooseVictims(pods.toReversed(), 1, pods).map(nameOf)).to.deep.equal(['b']);
    });
  }

  it('on the node with most pods of the deployment, also of its other replica sets', () => {
    const pods = [podOf('a', { ...ready, node: 'n1' }), podOf('b', { ...ready, node: 'n2' })];
    const sibling = podOf('other', { ...ready, node: 'n2' });
    expect(chooseVictims(pods, 1, [...pods, sibling]).map(nameOf)).to.deep.equal(['b']);
    const gone = podOf('gone', { ...ready, node: 'n1', deleted: true });
    expect(chooseVictims(pods, 1, [...pods, gone, gone, sibling]).map(nameOf)).to.deep.equal(['b']);
  });

  it('are as many as asked for, never more than there are', () => {
    const pods = ['a', 'b', 'c'].map((name) => podOf(name, ready));
    expect(chooseVictims(pods, 2, pods)).to.have.length(2);
    expect(chooseVictims(pods, 9, pods)).to.have.length(3);
    expect(chooseVictims(pods, 0, pods)).to.have.length(0);
  });

  it('do not depend on the order of the input, and a larger number contains the smaller', () => {
    const wish = fc.record({
      ready: fc.boolean(),
      node: fc.constantFrom('', 'n1', 'n2'),
      phase: fc.constantFrom('Pending', 'Unknown', 'Running'),
      createdMs: fc.constantFrom(0, 1000, 2000),
      readySinceMs: fc.constantFrom(0, 5000),
      restarts: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(wish, { minLength: 2, maxLength: 8 }), fc.nat(8), (wishes, count) => {
        const pods: Pod[] = wishes.map((one, at) => podOf(`p${at}`, one));
        const names = chooseVictims(pods, count, pods).map(nameOf);
        expect(chooseVictims(pods.toReversed(), count, pods.toReversed()).map(nameOf)).to.deep.equal(names);
        expect(
          chooseVictims(pods, count + 1, pods)
            .map(nameOf)
            .slice(0, names.length),
        ).to.deep.equal(names);
      }),
    );
  });

  const costs: [string | undefined, number][] = [
    [undefined, 0],
    ['10', 10],
    ['-10', -10],
    ['+3', 3],
    ['0', 0],
    ['007', 0],
    ['1.5', 0],
    ['cheap', 0],
    ['2147483647', 2_147_483_647],
    ['2147483648', 0],
  ];
  for (const [text, expected] of costs) {
    it(`cost of ${String(text)} is ${expected}`, () => {
      expect(deletionCost(podOf('a', text === undefined ? {} : cost(text)))).to.equal(expected);
    });
  }
});
