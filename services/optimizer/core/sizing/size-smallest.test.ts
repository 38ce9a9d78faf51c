import { expect } from 'chai';
import fc from 'fast-check';
import { iterationFamily } from '../latency/iteration-family.js';
import { linearFamily } from '../latency/linear-family.js';
import { serviceCurve, type ServiceCurve } from '../latency/service-curve.js';
import type { RequestShape } from '../latency/service-model.js';
import { loadRange } from './load-range.js';
import { sizeReplica, type ReplicaSize, type Targets } from './size-replica.js';
import { sizeSmallest, type SizedCurve } from './size-smallest.js';

type CurveAt = (maxBatch: number) => ServiceCurve;

const noTargets: Targets = { itlMs: 0, ttftMs: 0, tokensPerSec: 0 };
/** How far below 99 % of the best rate the search may end; see `SAME`. */
const SHORT = 5e-4;
/** Steps that a model names; it may have more. */
const MOST_STEPS = 32;

const rateOf = (size: ReplicaSize): number => (size.feasible ? size.maxThroughputPerMs : 0);

/** The rate at every max batch from 1 to the ceiling; index 0 is unused. */
function scan(curveAt: CurveAt, targets: Targets, ceiling: number): number[] {
  const batches = Array.from({ length: ceiling }, (_, index) => index + 1);
  return [0, ...batches.map((maxBatch) => rateOf(sizeReplica(loadRange(curveAt(maxBatch)), targets)))];
}

function search(curveAt: CurveAt, targets: Targets, ceiling: number): SizedCurve & { best: SizedCurve; tried: number } {
  let tried = 1;
  const found = sizeSmallest(loadRange(curveAt(ceiling)), targets, (maxBatch) => {
    tried++;
    return curveAt(maxBatch);
  });
  return { ...found.smallest, best: found.best, tried };
}

function linear(decode: [number, number], prefill: [number, number], shape: RequestShape): CurveAt {
  const [decodeAlphaMs, decodeBetaMs] = decode;
  const [prefillGammaMs, prefillDeltaMs] = prefill;
  const parameters = { decodeAlphaMs, decodeBetaMs, prefillGammaMs, prefillDeltaMs };
  return (maxBatch) => serviceCurve(linearFamily(parameters, shape, maxBatch), maxBatch, 10 * maxBatch)!;
}

function iteration(values: [number, number, number], shape: RequestShape, maxQueue?: number): CurveAt {
  const [alphaMs, betaMs, gammaMs] = values;
  return (maxBatch) => {
    const model = iterationFamily({ alphaMs, betaMs, gammaMs }, shape, { maxBatch, firstTokenWithPrefill: false });
    return serviceCurve(model, maxBatch, maxQueue ?? 10 * maxBatch)!;
  };
}

/** Evenly spread over the powers of ten. */
const logarithmic = (min: number, max: number): fc.Arbitrary<number> =>
  fc.nat(10_000).map((part) => min * (max / min) ** (part / 10_000));

const aCase = fc.record({
  isLinear: fc.boolean(),
  ceiling: logarithmic(1, 512).map(Math.floor),
  inputTokens: logarithmic(8, 20_000).map(Math.floor),
  outputTokens: logarithmic(1, 2000).map(Math.floor),
  alphaMs: logarithmic(2, 60),
  beta: logarithmic(1e-4, 0.05),
  gamma: logarithmic(1e-8, 1e-5),
  prefill: fc.tuple(logarithmic(0.2, 600), logarithmic(1e-5, 0.05)),
  maxQueue: fc.option(fc.nat(500), { nil: undefined }),
  // Room above what an idle replica has; none: no target.
  itlRoom: fc.option(logarithmic(0.01, 10), { nil: undefined, freq: 3 }),
  ttftRoom: fc.option(logarithmic(0.01, 20), { nil: undefined, freq: 3 }),
  tokensPerSec: fc.constantFrom(0, 0, 0, 100),
});

describe('sizeSmallest', () => {
  it('reaches 99 % of the best of all max batches, and no smaller one does, with few of them sized', () => {
    let cases = 0;
    let tried = 0;
    let ceilings = 0;
    fc.assert(
      fc.property(aCase, (given) => {
        const { ceiling, alphaMs } = given;
        const shape = { inputTokens: given.inputTokens, outputTokens: given.outputTokens };
        const curveAt = given.isLinear
          ? linear([alphaMs, alphaMs * given.beta], given.prefill, shape)
          : iteration([alphaMs, alphaMs * given.beta, alphaMs * given.gamma], shape, given.maxQueue);
        const { itlMs, ttftMs } = loadRange(curveAt(1)).atLow;
        const targets = {
          itlMs: given.itlRoom === undefined ? 0 : itlMs * (1 + given.itlRoom),
          ttftMs: given.ttftRoom === undefined ? 0 : ttftMs * (1 + given.ttftRoom),
          tokensPerSec: given.tokensPerSec,
        };
        const rates = scan(curveAt, targets, ceiling);
        const best = Math.max(...rates);
        const found = search(curveAt, targets, ceiling);
        expect(found.size.feasible).to.equal(best > 0);
        expect(found.curve.maxBatch).to.be.within(1, ceiling);
        if (best === 0) return;
        expect(rateOf(found.size)).to.equal(rates[found.curve.maxBatch]);

        const full = curveAt(ceiling);
        const hasSteps = !full.neverSlower && full.model.chunkSteps(ceiling).length > 0;
        if (hasSteps) {
          // Only some of many steps are known, and then the best is good to what one chunk more makes.
          const isExact = full.model.chunkSteps(ceiling).length < MOST_STEPS;
          expect(rateOf(found.size)).to.be.at.least((isExact ? 0.97 : 0.95) * best);
          return;
        }
        expect(rateOf(found.size)).to.be.at.least((0.99 - SHORT) * best);
        expect(rateOf(found.best.size)).to.be.at.least((1 - SHORT) * best);
        const first = rates.findIndex((rate) => rate >= (0.99 + SHORT) * best);
        expect(found.curve.maxBatch).to.be.at.most(first);
        cases++;
        tried += found.tried;
        if (found.curve.maxBatch === ceiling) ceilings++;
      }),
      { numRuns: 400, endOnFailure: true },
    );
    expect(cases).to.be.above(100);
    expect(ceilings / cases, 'part of the cases where only the ceiling will do').to.be.below(0.7);
    expect(tried / cases, 'max batches sized, the ceiling included').to.be.below(9);
  });

  const chat = { inputTokens: 512, outputTokens: 256 };
  const known: { name: string; curveAt: CurveAt; targets: Targets; ceiling: number; gain: boolean }[] = [
    {
      name: 'a batch that an ITL keeps small does better than the ceiling',
      curveAt: linear([20, 0.4], [50, 0.005], chat),
      targets: { itlMs: 40, ttftMs: 1000, tokensPerSec: 0 },
      ceiling: 200,
      gain: true,
    },
    {
      name: 'a prefill that grows with the batch makes more slots useless',
      curveAt: linear([20, 0.4], [50, 0.02], chat),
      targets: { ...noTargets, ttftMs: 400 },
      ceiling: 200,
      gain: false,
    },
    {
      name: 'nothing but the wait in the way',
      curveAt: iteration([20, 0.04, 0.0003], chat),
      targets: { ...noTargets, ttftMs: 500 },
      ceiling: 128,
      gain: false,
    },
    {
      name: 'prompts in chunks: the rate falls behind every step, and rises again',
      curveAt: iteration([15.2, 0.0024, 0.00011], { inputTokens: 861, outputTokens: 6 }),
      targets: { itlMs: 158.6, ttftMs: 243.5, tokensPerSec: 0 },
      ceiling: 357,
      gain: true,
    },
    {
      name: 'long prompts and a short queue: the rate falls so far that it is the same with few slots',
      curveAt: iteration([2.944, 0.01247, 0.0000292], { inputTokens: 19_906, outputTokens: 247 }, 4),
      targets: { ...noTargets, ttftMs: 13_500 },
      ceiling: 416,
      gain: true,
    },
    {
      name: 'one slot, alone in which a request meets an ITL that two miss',
      curveAt: linear([2, 0.02], [70, 0.002], { inputTokens: 3051, outputTokens: 1 }),
      targets: { itlMs: 2.1, ttftMs: 148, tokensPerSec: 0 },
      ceiling: 27,
      gain: true,
    },
  ];
  for (const { name, curveAt, targets, ceiling, gain } of known) {
    it(name, () => {
      const rates = scan(curveAt, targets, ceiling);
      const best = Math.max(...rates);
      const { curve, size } = search(curveAt, targets, ceiling);
      expect(curve.maxBatch).to.equal(rates.findIndex((rate) => rate >= 0.99 * best));
      expect(rateOf(size) > rates[ceiling]! * 1.002).to.equal(gain);
    });
  }

  it('is the ceiling, with what is missed there, where no max batch meets the targets', () => {
    const curveAt = iteration([20, 0.04, 0.0003], chat);
    const { curve, size } = search(curveAt, { ...noTargets, itlMs: 10 }, 64);
    expect(curve.maxBatch).to.equal(64);
    expect(size).to.include({ feasible: false, missed: 'slo-itl' });
  });
});
