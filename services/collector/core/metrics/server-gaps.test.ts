import { expect } from 'chai';
import fc from 'fast-check';
import { sample } from '../../test/support/builders.js';
import type { EngineSample } from './engine-sample.js';
import type { PodHistory } from './sample-store.js';
import { lastGapEnd } from './server-gaps.js';

const GAP = 12;
const BEGIN = 0;

/** A pod by the times of its lives: samples every 5 from each start to each end, each life of another process. */
function pod(...lives: [from: number, to: number][]): PodHistory {
  const samples = lives.flatMap(([from, to], life) => {
    const times = Array.from({ length: Math.floor((to - from) / 5) + 1 }, (_, index) => from + 5 * index);
    return times.map((at): EngineSample => sample(at, { processStart: life }));
  });
  return { startedAt: undefined, readyAt: undefined, samples, lastFailure: undefined, triedAt: 100 };
}

/** One process that was not reached for a time. */
function unreached(...seen: [from: number, to: number][]): PodHistory {
  const history = pod(...seen);
  return { ...history, samples: history.samples.map((one) => ({ ...one, processStart: 0 })) };
}

describe('lastGapEnd', () => {
  const cases: { name: string; pods: PodHistory[]; end: number }[] = [
    { name: 'nobody was ever seen', pods: [], end: -Infinity },
    { name: 'the first sample of a server ends what was before', pods: [pod([BEGIN, 100])], end: BEGIN },
    { name: 'the only pod restarted, however quickly', pods: [pod([0, 50], [52, 100])], end: 52 },
    { name: 'one of two restarted: the other is seen', pods: [pod([0, 50], [52, 100]), pod([0, 100])], end: BEGIN },
    { name: 'both restarted', pods: [pod([0, 50], [52, 100]), pod([0, 50], [54, 99])], end: 52 },
    {
      name: 'four restarted: it ends when half of them are back',
      pods: [pod([0, 50], [70, 100]), pod([1, 51], [73, 98]), pod([2, 52], [76, 100]), pod([3, 53], [90, 100])],
      end: 73,
    },
    {
      name: 'four restarted one after the other',
      pods: [pod([0, 20], [25, 100]), pod([0, 40], [45, 100]), pod([0, 60], [65, 100]), pod([0, 80], [85, 100])],
      end: BEGIN,
    },
    { name: 'a roll-out: each is replaced by another', pods: [pod([0, 50]), pod([48, 80]), pod([78, 100])], end: BEGIN },
    { name: 'hand-over between two samples', pods: [pod([0, 50]), pod([55, 100])], end: BEGIN },
    { name: 'a scale-up by many', pods: [pod([0, 100]), pod([80, 100]), pod([85, 100]), pod([90, 100])], end: BEGIN },
    { name: 'a scale-down to one', pods: [pod([0, 100]), pod([0, 60]), pod([0, 60]), pod([0, 60])], end: BEGIN },
    { name: 'another pod came only after a while', pods: [pod([0, 50]), pod([70, 100])], end: 70 },
    { name: 'none was reached for a while', pods: [unreached([0, 50], [70, 100]), unreached([0, 50], [71, 96])], end: 70 },
    {
      name: 'most were not reached for a while',
      pods: [unreached([0, 50], [70, 100]), unreached([0, 50], [71, 96]), pod([0, 100])],
      end: 70,
    },
    { name: 'one was not reached for less than a gap', pods: [unreached([0, 50], [60, 100])], end: BEGIN },
    { name: 'two gaps: the later one', pods: [pod([0, 20], [30, 60], [75, 100])], end: 75 },
  ];
  for (const { name, pods, end } of cases) {
    it(name, () => {
      expect(lastGapEnd(pods, GAP)).to.equal(end);
    });
  }

  it('law: as long as more than half of the pods are seen all the time, no restart and no new pod is a gap', () => {
    const restarts = fc.tuple(fc.integer({ min: 10, max: 50 }), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(
        fc.array(restarts, { maxLength: 4 }),
        fc.array(fc.integer({ min: 5, max: 95 }), { maxLength: 6 }),
        (some, young) => {
          const flapping = some.map(([down, forMs]) => pod([0, down], [down + forMs, 100]));
          const steady = Array.from({ length: some.length + 1 }, () => pod([BEGIN, 100]));
          expect(lastGapEnd([...flapping, ...steady, ...young.map((from) => pod([from, 100]))], GAP)).to.equal(BEGIN);
        },
      ),
    );
  });

  it('law: a time in which every pod was down is never counted across', () => {
    const outages = fc.record({
      down: fc.integer({ min: 20, max: 50 }),
      up: fc.array(fc.integer({ min: 51, max: 90 }), { minLength: 1 }),
    });
    fc.assert(
      fc.property(outages, ({ down, up }) => {
        const pods = up.map((from, index) => pod([0, down - (index % 5)], [from, 100]));
        expect(lastGapEnd(pods, GAP)).to.be.at.least(Math.min(...up));
      }),
    );
  });
});
