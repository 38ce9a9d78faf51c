import { expect } from 'chai';
import fc from 'fast-check';
import { arrivalsAt } from '../latency/distribution.js';
import { iterationFamily } from '../latency/iteration-family.js';
import { linearFamily } from '../latency/linear-family.js';
import { predict } from '../latency/predict.js';
import { serviceCurve, serviceRatePerMs, type ServiceCurve } from '../latency/service-curve.js';
import { loadRange } from './load-range.js';
import { meetsTtft, percentilesAt, ttftPercentileMs } from './percentile.js';
import { sizeReplica, type Targets } from './size-replica.js';

function curveOf(
  linear: boolean,
  inputTokens: number,
  outputTokens: number,
  maxBatch: number,
  maxQueue = 10 * maxBatch,
): ServiceCurve {
  const shape = { inputTokens, outputTokens };
  const model = linear
    ? linearFamily({ decodeAlphaMs: 20, decodeBetaMs: 0.4, prefillGammaMs: 100, prefillDeltaMs: 0.01 }, shape, maxBatch)
    : iterationFamily({ alphaMs: 20, betaMs: 0.04, gammaMs: 0.0013 }, shape, { maxBatch, firstTokenWithPrefill: false });
  return serviceCurve(model, maxBatch, maxQueue)!;
}

function largest(curve: ServiceCurve, targets: Partial<Targets>): number {
  const size = sizeReplica(loadRange(curve), { itlMs: 0, ttftMs: 0, tokensPerSec: 0, ...targets });
  return size.feasible ? size.maxRatePerMs : 0;
}

const scenario = fc.record({
  curve: fc
    .tuple(
      fc.boolean(),
      fc.integer({ min: 0, max: 12_000 }),
      fc.integer({ min: 2, max: 600 }),
      fc.integer({ min: 1, max: 128 }),
      fc.constantFrom(0, 1, 10),
    )
    .map(([linear, inputTokens, outputTokens, maxBatch, queue]) =>
      curveOf(linear, inputTokens, outputTokens, maxBatch, queue * maxBatch),
    ),
  itlFactor: fc.double({ min: 1.001, max: 4, noNaN: true }),
  ttftFactor: fc.double({ min: 1.001, max: 20, noNaN: true }),
  percentile: fc.double({ min: 0.5, max: 0.999, noNaN: true }),
});

function targetsOf({
  curve,
  itlFactor,
  ttftFactor,
  percentile,
}: typeof scenario extends fc.Arbitrary<infer T> ? T : never): Targets {
  const { atLow } = loadRange(curve);
  return { itlMs: atLow.itlMs * itlFactor, ttftMs: atLow.ttftMs * ttftFactor, tokensPerSec: 0, percentile };
}

describe('sizeReplica at a percentile', () => {
  it('holds both targets at the rate it gives, and misses one a little above', () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const { curve, percentile } = given;
        const targets = targetsOf(given);
        const range = loadRange(curve);
        const size = sizeReplica(range, targets);
        if (!size.feasible) return;
        const at = (rate: number): { itlMs: number; ttftMs: number } => percentilesAt(arrivalsAt(curve, rate), percentile);
        const here = at(size.maxRatePerMs);
        expect(here.itlMs).to.be.at.most(targets.itlMs * (1 + 1e-6));
        const isWithin = targets.ttftMs === 0 || here.ttftMs <= targets.ttftMs * (1 + 1e-6);
        expect(isWithin, `TTFT ${here.ttftMs} of ${targets.ttftMs}`).to.equal(true);
        expect(size.maxThroughputPerMs).to.equal(predict(curve, size.maxRatePerMs).throughputPerMs);
        if (size.maxRatePerMs >= range.high * 0.9999) return;
        const above = at(size.maxRatePerMs * 1.0001);
        expect(above.itlMs > targets.itlMs || (targets.ttftMs > 0 && above.ttftMs > targets.ttftMs)).to.equal(true);
      }),
      { numRuns: 200 },
    );
  });

  it('gives no more for a higher percentile', () => {
    fc.assert(
      fc.property(scenario, fc.double({ min: 0, max: 1, noNaN: true }), (given, part) => {
        const targets = targetsOf(given);
        const higher = given.percentile + part * (0.999 - given.percentile);
        const rate = largest(given.curve, targets);
        expect(largest(given.curve, { ...targets, percentile: higher })).to.be.at.most(rate * (1 + 1e-6));
      }),
      { numRuns: 200 },
    );
  });

  it('gives less than the mean for a high percentile, and the means without one', () => {
    for (const linear of [true, false]) {
      const curve = curveOf(linear, 256, 256, 64);
      for (const targets of [{ itlMs: 30 }, { ttftMs: 500 }]) {
        expect(largest(curve, { ...targets, percentile: 0.99 })).to.be.below(largest(curve, targets));
        expect(largest(curve, { ...targets, percentile: undefined })).to.equal(largest(curve, targets));
      }
    }
  });

  it('tells whether a target is met as its percentile does', () => {
    const point = fc.record({
      load: fc.double({ min: 0.05, max: 1.2, noNaN: true }),
      percentile: fc.constantFrom(0.5, 0.9, 0.99),
      part: fc.oneof(fc.double({ min: 0.3, max: 0.999, noNaN: true }), fc.double({ min: 1.001, max: 3, noNaN: true })),
    });
    fc.assert(
      fc.property(point, ({ load, percentile, part }) => {
        const curve = curveOf(false, 512, 64, 64);
        const arrivals = arrivalsAt(curve, load * serviceRatePerMs(curve, 64));
        expect(meetsTtft(arrivals, percentile, part * ttftPercentileMs(arrivals, percentile))).to.equal(part > 1);
      }),
      { numRuns: 100 },
    );
  });

  it('names the percentile that a nearly idle replica misses', () => {
    const curve = curveOf(false, 256, 256, 64);
    const none = { itlMs: 0, ttftMs: 0, tokensPerSec: 0, percentile: 0.95 };
    const { atLow } = loadRange(curve);
    const itl = sizeReplica(loadRange(curve), { ...none, itlMs: 20 });
    expect(itl).to.include({ feasible: false, missed: 'slo-itl', targetMs: 20 });
    expect(!itl.feasible && itl.valueMs).to.be.within(20, 1.1 * atLow.itlMs);
    const ttft = sizeReplica(loadRange(curve), { ...none, ttftMs: 20 });
    expect(ttft).to.include({ feasible: false, missed: 'slo-ttft', targetMs: 20 });
    expect(!ttft.feasible && ttft.valueMs).to.be.within(20, 2 * atLow.ttftMs);
  });

  it('keeps nine tenths of the highest rate for a TPS target, and one slot constant', () => {
    const curve = curveOf(false, 256, 256, 1);
    const { high } = loadRange(curve);
    expect(largest(curve, { tokensPerSec: 10, percentile: 0.99 })).to.be.closeTo(0.9 * high, 1e-12);
    const itlMs = curve.joining(1).itlMs[1]!;
    expect(largest(curve, { itlMs, percentile: 0.999 })).to.equal(high);
    expect(largest(curve, { itlMs: itlMs * (1 - 1e-9), percentile: 0.5 })).to.equal(0);
  });
});
