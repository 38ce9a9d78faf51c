import { expect } from 'chai';
import fc from 'fast-check';
import { iterationFamily } from '../latency/iteration-family.js';
import { linearFamily } from '../latency/linear-family.js';
import { predict } from '../latency/predict.js';
import { serviceCurve, type ServiceCurve } from '../latency/service-curve.js';
import { loadRange } from './load-range.js';
import { sizeReplica, type ReplicaSize } from './size-replica.js';

const noTargets = { itlMs: 0, ttftMs: 0, tokensPerSec: 0 };

function curveOf(
  inputTokens: number,
  outputTokens: number,
  maxBatch: number,
  maxQueue = 10 * maxBatch,
  alphaMs = 20,
): ServiceCurve {
  const parameters = { alphaMs, betaMs: 0.04, gammaMs: 0.0013 };
  const model = iterationFamily(parameters, { inputTokens, outputTokens }, { maxBatch, firstTokenWithPrefill: false });
  return serviceCurve(model, maxBatch, maxQueue)!;
}

function feasibleSize(curve: ServiceCurve, targets: Parameters<typeof sizeReplica>[1]): Extract<ReplicaSize, { feasible: true }> {
  const size = sizeReplica(loadRange(curve), targets);
  if (!size.feasible) throw new Error(`infeasible: ${size.missed}`);
  return size;
}

describe('sizeReplica', () => {
  it('stops at the target that binds first', () => {
    const curve = curveOf(128, 256, 64);
    const both = feasibleSize(curve, { itlMs: 30, ttftMs: 200, tokensPerSec: 0 });
    const itlOnly = feasibleSize(curve, { ...noTargets, itlMs: 30 });
    const ttftOnly = feasibleSize(curve, { ...noTargets, ttftMs: 200 });
    expect(both.maxRatePerMs).to.be.closeTo(Math.min(itlOnly.maxRatePerMs, ttftOnly.maxRatePerMs), 1e-8 * both.maxRatePerMs);
    expect(predict(curve, itlOnly.maxRatePerMs).itlMs).to.be.closeTo(30, 1e-6);
    expect(predict(curve, ttftOnly.maxRatePerMs).ttftMs).to.be.closeTo(200, 1e-3);
  });

  it('takes nine tenths of the highest rate for a TPS target', () => {
    const curve = curveOf(128, 256, 64);
    const free = feasibleSize(curve, noTargets);
    expect(feasibleSize(curve, { ...noTargets, tokensPerSec: 500 }).maxRatePerMs).to.be.closeTo(0.9 * free.maxRatePerMs, 1e-12);
  });

  it('names the target that a nearly idle replica misses', () => {
    const curve = curveOf(128, 256, 64);
    expect(sizeReplica(loadRange(curve), { ...noTargets, itlMs: 20 })).to.include({
      feasible: false,
      missed: 'slo-itl',
      targetMs: 20,
    });
    expect(sizeReplica(loadRange(curve), { ...noTargets, ttftMs: 20 })).to.include({ feasible: false, missed: 'slo-ttft' });
  });

  it('takes one slot as feasible where its constant ITL is exactly the target', () => {
    for (const curve of [
      curveOf(128, 256, 1),
      serviceCurve(
        linearFamily(
          { decodeAlphaMs: 20, decodeBetaMs: 1, prefillGammaMs: 50, prefillDeltaMs: 0.01 },
          { inputTokens: 128, outputTokens: 256 },
          1,
        ),
        1,
        10,
      )!,
    ]) {
      const { itlMs } = predict(curve, 1e-9);
      expect(sizeReplica(loadRange(curve), { ...noTargets, itlMs: itlMs * (1 + 1e-12) }).feasible).to.equal(true);
      expect(sizeReplica(loadRange(curve), { ...noTargets, itlMs: itlMs * (1 - 1e-9) }).feasible).to.equal(false);
    }
  });

  it('serves less than arrives where arrivals are lost', () => {
    const size = feasibleSize(curveOf(128, 256, 8, 0), noTargets);
    expect(size.maxThroughputPerMs).to.be.below(size.maxRatePerMs);
  });

  const scenario = fc.record({
    inputTokens: fc.integer({ min: 0, max: 20_000 }),
    outputTokens: fc.integer({ min: 1, max: 600 }),
    maxBatch: fc.integer({ min: 1, max: 128 }),
    alphaMs: fc.double({ min: 0.5, max: 60, noNaN: true }),
    itlFactor: fc.double({ min: 1.001, max: 6, noNaN: true }),
    ttftFactor: fc.double({ min: 1.001, max: 20, noNaN: true }),
  });

  it('holds its targets at the rate it gives and at every lower one, long prompts in chunks included', () => {
    fc.assert(
      fc.property(scenario, ({ inputTokens, outputTokens, maxBatch, alphaMs, itlFactor, ttftFactor }) => {
        const curve = curveOf(inputTokens, outputTokens, maxBatch, 10 * maxBatch, alphaMs);
        const range = loadRange(curve);
        const targets = { itlMs: range.atLow.itlMs * itlFactor, ttftMs: range.atLow.ttftMs * ttftFactor, tokensPerSec: 0 };
        const size = sizeReplica(range, targets);
        if (!size.feasible) return;
        for (let part = 1; part <= 200; part++) {
          const { itlMs, ttftMs } = predict(curve, (size.maxRatePerMs * part) / 200);
          // A step is found to within 2e-8 of its batch, around which ITL may be steep.
          expect(itlMs).to.be.at.most(targets.itlMs * (1 + 1e-6));
          expect(ttftMs).to.be.at.most(targets.ttftMs * (1 + 1e-6));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('looks below a rate that holds where ITL bends down towards a full batch', () => {
    // ITL rises to 145 ms around half the highest rate and is 98 ms there.
    const model = iterationFamily(
      { alphaMs: 3.0291311522190045, betaMs: 0.04, gammaMs: 0.0013 },
      { inputTokens: 5462, outputTokens: 1 },
      { maxBatch: 2, firstTokenWithPrefill: false },
    );
    const curve = serviceCurve(model, 2, 20)!;
    const { maxRatePerMs } = feasibleSize(curve, { ...noTargets, itlMs: 99 });
    for (let part = 1; part <= 100; part++) expect(predict(curve, (maxRatePerMs * part) / 100).itlMs).to.be.at.most(99);
    expect(predict(curve, maxRatePerMs).itlMs).to.be.closeTo(99, 1e-4);
  });

  it('sizes the largest batches of the longest prompts in bounded work', () => {
    const curve = curveOf(20_000, 1, 65_536);
    expect(feasibleSize(curve, { ...noTargets, itlMs: 1e7, ttftMs: 1e9 }).maxRatePerMs).to.be.greaterThan(0);
  });

  it('gives more for looser targets', () => {
    fc.assert(
      fc.property(scenario, fc.double({ min: 1.001, max: 3, noNaN: true }), (given, looser) => {
        const range = loadRange(
          curveOf(given.inputTokens, given.outputTokens, given.maxBatch, 10 * given.maxBatch, given.alphaMs),
        );
        const itlMs = range.atLow.itlMs * given.itlFactor;
        const ttftMs = range.atLow.ttftMs * given.ttftFactor;
        const tight = sizeReplica(range, { itlMs, ttftMs, tokensPerSec: 0 });
        const loose = sizeReplica(range, { itlMs: itlMs * looser, ttftMs: ttftMs * looser, tokensPerSec: 0 });
        if (!tight.feasible) return;
        expect(loose.feasible && loose.maxRatePerMs >= tight.maxRatePerMs * (1 - 1e-8)).to.equal(true);
      }),
      { numRuns: 300 },
    );
  });
});
