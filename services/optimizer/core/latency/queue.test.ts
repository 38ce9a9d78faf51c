import { expect } from 'chai';
import fc from 'fast-check';
import { plainQueue } from '../../bench/plain-queue.js';
import { iterationFamily } from './iteration-family.js';
import { evaluateQueue, noFigures, type QueueFigures } from './queue.js';
import { serviceCurve, serviceRatePerMs, type ServiceCurve } from './service-curve.js';
import type { ServiceModel } from './service-model.js';

function evaluate(curve: ServiceCurve, ratePerMs: number): QueueFigures {
  const figures = noFigures();
  evaluateQueue(curve, ratePerMs, figures);
  return figures;
}

function curveOf(serviceTimeMs: (batch: number) => number, maxBatch: number, maxQueue: number): ServiceCurve {
  const model: ServiceModel = {
    serviceLine: (batch) => ({ baseMs: serviceTimeMs(batch), slopeMs: 0, lastBatch: batch }),
    itlMs: () => 0,
    firstTokenMs: () => 0,
    itlCeilingMs: () => 0,
    chunkSteps: () => [],
    joiningAs: () => ({ itlMs: 0, iterationMs: 0, prefillMs: 0, otherPrompts: 0, otherPromptMs: 0 }),
  };
  return serviceCurve(model, maxBatch, maxQueue)!;
}

function expectSame(actual: QueueFigures, expected: ReturnType<typeof plainQueue>, tolerance = 1e-9): void {
  for (const name of ['throughputPerMs', 'meanBatch', 'meanServiceMs', 'meanWaitMs', 'findsNobody', 'joinedBatch'] as const) {
    // A wait of far less than the time in service is none.
    expect(actual[name], name).to.be.closeTo(expected[name], tolerance * expected[name] + 1e-15 * expected.meanServiceMs);
  }
}

describe('evaluateQueue', () => {
  it('is M/M/1 where one is served at a time and the queue is long', () => {
    // Rate 0.8, service 1: 0.8/0.2 = 4 in the system, of which 3.2 wait: W = 4 ms.
    const figures = evaluate(
      curveOf(() => 1, 1, 10_000),
      0.8,
    );
    expect(figures.throughputPerMs).to.be.closeTo(0.8, 1e-12);
    expect(figures.meanBatch).to.be.closeTo(0.8, 1e-12);
    expect(figures.meanServiceMs).to.be.closeTo(1, 1e-12);
    expect(figures.meanWaitMs).to.be.closeTo(4, 1e-9);
  });

  it('is the Erlang loss formula where nobody waits', () => {
    // Ten servers of 1 ms at an offered 7: B(10, 7) = 0.0787 are lost (Erlang's table).
    const figures = evaluate(
      curveOf((batch) => (batch * 1) / batch, 10, 0),
      7,
    );
    expect(1 - figures.throughputPerMs / 7).to.be.closeTo(0.0787, 5e-5);
    expect(figures.meanWaitMs).to.equal(0);
  });

  it('agrees with the plain sum over all states, far below and far above what it can serve', () => {
    const scenario = fc.record({
      maxBatch: fc.integer({ min: 1, max: 300 }),
      maxQueue: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3000 })),
      alphaMs: fc.double({ min: 0.01, max: 500, noNaN: true }),
      betaMs: fc.double({ min: 0, max: 5, noNaN: true }),
      inputTokens: fc.integer({ min: 0, max: 30_000 }),
      outputTokens: fc.integer({ min: 1, max: 4000 }),
      load: fc.oneof(fc.double({ min: 1e-4, max: 1.2, noNaN: true }), fc.constantFrom(0.999, 1, 1.001, 30, 1e6)),
    });
    fc.assert(
      fc.property(scenario, ({ maxBatch, maxQueue, alphaMs, betaMs, inputTokens, outputTokens, load }) => {
        const model = iterationFamily(
          { alphaMs, betaMs, gammaMs: betaMs / 30 },
          { inputTokens, outputTokens },
          { maxBatch, firstTokenWithPrefill: false },
        );
        const curve = serviceCurve(model, maxBatch, maxQueue)!;
        const rate = load * serviceRatePerMs(curve, maxBatch);
        expectSame(evaluate(curve, rate), plainQueue(curve, rate), 1e-7);
      }),
      { numRuns: 400 },
    );
  });

  it('neither overflows nor loses digits with large batches', () => {
    const curve = curveOf((batch) => 20_000 + 900 * batch, 4096, 40_960);
    for (const load of [0.3, 0.9, 0.999, 1.5]) {
      const rate = load * serviceRatePerMs(curve, 4096);
      expectSame(evaluate(curve, rate), plainQueue(curve, rate), 1e-8);
    }
  });

  it('tells how the wait rises with the rate', () => {
    for (const maxQueue of [1, 40, 640]) {
      const curve = curveOf((batch) => 20_000 + 900 * batch, 64, maxQueue);
      for (const load of [0.2, 0.7, 0.95, 0.999, 1, 1.3]) {
        const rate = load * serviceRatePerMs(curve, 64);
        const step = rate * 1e-5;
        const slope = (plainQueue(curve, rate + step).meanWaitMs - plainQueue(curve, rate - step).meanWaitMs) / (2 * step);
        expect(evaluate(curve, rate).meanWaitSlope, `load ${load}`).to.be.closeTo(slope, 2e-3 * slope + 1e-9);
      }
    }
  });

  it('keeps its digits where a full queue turns nearly everything away', () => {
    for (const maxQueue of [0, 1, 5]) {
      const curve = curveOf(() => 1e6, 4, maxQueue);
      const { throughputPerMs, meanServiceMs } = evaluate(curve, 1e6);
      expect(throughputPerMs).to.be.closeTo(4e-6, 1e-11);
      expect(meanServiceMs).to.be.closeTo(1e6, 1);
    }
  });

  it('does not stop at negligible states where larger batches are slower again', () => {
    // Fast up to 40, then ever slower: the mass comes back behind a valley.
    const curve = curveOf((batch) => (batch <= 40 ? 1 : (batch - 39) ** 2), 60, 5);
    const rate = 5;
    expectSame(evaluate(curve, rate), plainQueue(curve, rate));
  });
});
