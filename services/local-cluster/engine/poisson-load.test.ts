import { expect } from 'chai';
import { iterationCosts } from './costs.js';
import { Engine } from './engine.js';
import { advanceUnderLoad } from './feed.js';
import { PoissonLoad } from './poisson-load.js';

const LOAD = { arrivalRatePerMin: 600, avgInTokens: 512, avgOutTokens: 128 };
const NS_PER_S = 1e9;

function takeUntil(load: PoissonLoad, untilNs: number): { atNs: number; promptTokens: number; outputTokens: number }[] {
  const requests = [];
  while (load.nextAtNs <= untilNs) {
    requests.push({ atNs: load.nextAtNs, promptTokens: load.promptTokens, outputTokens: load.outputTokens });
    load.take();
  }
  return requests;
}

describe('PoissonLoad', () => {
  it('arrives at its rate with its mean tokens, the same for the same seed, others for another', () => {
    const [first, again, other] = [7, 7, 8].map((seed) => {
      const load = new PoissonLoad({ seed, maxTokens: 1e6 });
      load.setLoad(LOAD, 0);
      return takeUntil(load, 5000 * NS_PER_S);
    });
    expect(first).to.deep.equal(again);
    expect(first).not.to.deep.equal(other);
    expect(first!.length / 50_000).to.be.closeTo(1, 0.02);
    const mean = (key: 'promptTokens' | 'outputTokens'): number => first!.reduce((sum, r) => sum + r[key], 0) / first!.length;
    expect(mean('promptTokens')).to.be.closeTo(512, 5);
    expect(mean('outputTokens')).to.be.closeTo(128, 1.5);
    const gaps = first!.slice(1).map((request, i) => (request.atNs - first![i]!.atNs) / NS_PER_S);
    const meanGap = gaps.reduce((a, b) => a + b, 0) / gaps.length;
    const variance = gaps.reduce((a, b) => a + (b - meanGap) ** 2, 0) / gaps.length;
    expect(variance / meanGap ** 2, 'a Poisson process has gaps of variation 1').to.be.closeTo(1, 0.05);
  });

  it('changes its rate on the fly and stops', () => {
    const load = new PoissonLoad({ seed: 1, maxTokens: 4096 });
    expect(load.nextAtNs).to.equal(Infinity);
    load.setLoad(LOAD, 0);
    expect(takeUntil(load, 1000 * NS_PER_S).length).to.be.within(9_500, 10_500);
    load.setLoad({ ...LOAD, arrivalRatePerMin: 60 }, 1000 * NS_PER_S);
    const slow = takeUntil(load, 2000 * NS_PER_S);
    expect(slow.length).to.be.within(900, 1100);
    expect(slow[0]!.atNs).to.be.at.least(1000 * NS_PER_S);
    load.setLoad(undefined, 2000 * NS_PER_S);
    expect(load.nextAtNs).to.equal(Infinity);
    load.setLoad({ ...LOAD, arrivalRatePerMin: 0 }, 3000 * NS_PER_S);
    expect(load.nextAtNs).to.equal(Infinity);
  });

  it('goes on undisturbed when told the load it has', () => {
    const load = new PoissonLoad({ seed: 1, maxTokens: 4096 });
    load.setLoad(LOAD, 0);
    const { nextAtNs, promptTokens } = load;
    load.setLoad({ ...LOAD }, 5);
    expect(load).to.include({ nextAtNs, promptTokens });
  });

  it('never asks for more tokens than there is room for, nor for none', () => {
    const load = new PoissonLoad({ seed: 1, maxTokens: 40, tokenSigma: 2 });
    load.setLoad({ arrivalRatePerMin: 600, avgInTokens: 30, avgOutTokens: 0 }, 0);
    for (const { promptTokens, outputTokens } of takeUntil(load, 100 * NS_PER_S)) {
      expect(promptTokens).to.be.at.least(1);
      expect(outputTokens).to.be.at.least(1);
      expect(promptTokens + outputTokens).to.be.at.most(40);
    }
  });

  for (const [key, value] of [
    ['arrivalRatePerMin', Number.NaN],
    ['avgInTokens', -1],
    ['avgOutTokens', Infinity],
  ] as const)
    it(`refuses ${key} ${value} and keeps the load it had`, () => {
      const load = new PoissonLoad({ seed: 1, maxTokens: 4096 });
      load.setLoad(LOAD, 0);
      const { nextAtNs } = load;
      expect(() => load.setLoad({ ...LOAD, [key]: value }, 0)).to.throw(RangeError, `${key} must be a number ≥ 0, got ${value}`);
      expect(load.nextAtNs).to.equal(nextAtNs);
    });
});

describe('advanceUnderLoad', () => {
  it('gives the same wherever time is cut', () => {
    const run = (cutsNs: number[]): unknown => {
      const finished: [number, number][] = [];
      const engine = new Engine(
        { costs: iterationCosts({ alpha: 8, beta: 0.02, gamma: 0.0005 }), maxBatch: 8, kvCapacityTokens: 8000, noise: 0.1 },
        { completed: ({ id, finishedNs }) => finished.push([id, finishedNs]) },
      );
      const load = new PoissonLoad({ seed: 5, maxTokens: 8000 });
      load.setLoad(LOAD, 0);
      let id = 0;
      for (const toNs of [...cutsNs, 60 * NS_PER_S]) advanceUnderLoad(engine, load, toNs, () => id++);
      return { finished, counters: engine.counters() };
    };
    const cuts = Array.from({ length: 500 }, (_, i) => i * 0.117 * NS_PER_S).map(Math.round);
    expect(run(cuts)).to.deep.equal(run([]));
  });
});
