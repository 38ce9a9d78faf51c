import { expect } from 'chai';
import fc from 'fast-check';
import { ttftPercentileMs } from '../sizing/percentile.js';
import { arrivalsAt, firstTokenBeyond, itlPercentileMs, joiningMsAs, waitsBeyond } from './distribution.js';
import { iterationFamily } from './iteration-family.js';
import { linearFamily } from './linear-family.js';
import { evaluateQueue, noFigures, type QueueFigures } from './queue.js';
import { msPerCompletion, serviceCurve, serviceRatePerMs, type ServiceCurve } from './service-curve.js';

const a100 = { alphaMs: 20.58, betaMs: 0.041, gammaMs: 0.00128125 };

function curveOf(
  maxBatch: number,
  maxQueue = 10 * maxBatch,
  inputTokens = 512,
  outputTokens = 64,
  parameters = a100,
): ServiceCurve {
  const model = iterationFamily(parameters, { inputTokens, outputTokens }, { maxBatch, firstTokenWithPrefill: true });
  return serviceCurve(model, maxBatch, maxQueue)!;
}

function atLoad(curve: ServiceCurve, load: number): number {
  return load * serviceRatePerMs(curve, curve.maxBatch);
}

function queueAt(curve: ServiceCurve, ratePerMs: number): QueueFigures {
  const figures = noFigures();
  evaluateQueue(curve, ratePerMs, figures);
  return figures;
}

/** Uniform in (0, 1): xorshift (Marsaglia 2003), enough for the shape of a queue. */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
}

/** The birth-death queue step by step, first come first served: batch that each admitted arrival joins as, and its wait, ms. */
function bruteForce(curve: ServiceCurve, ratePerMs: number, arrivals: number): { batches: number[]; waitsMs: number[] } {
  const { maxBatch, maxQueue } = curve;
  const uniform = uniforms(88_675_123);
  const batches: number[] = [];
  const waitsMs: number[] = [];
  const waitingSince: number[] = [];
  let inBatch = 0;
  let now = 0;
  while (waitsMs.length < arrivals) {
    const leaves = inBatch === 0 ? 0 : serviceRatePerMs(curve, inBatch);
    now -= Math.log(uniform()) / (ratePerMs + leaves);
    if (uniform() * (ratePerMs + leaves) < leaves) {
      const first = waitingSince.shift();
      if (first === undefined) inBatch--;
      else waitsMs.push(now - first);
    } else if (inBatch < maxBatch) {
      inBatch++;
      waitsMs.push(0);
      batches.push(inBatch);
    } else if (waitingSince.length < maxQueue) {
      waitingSince.push(now);
      batches.push(maxBatch);
    }
  }
  return { batches, waitsMs };
}

describe('arrivalsAt', () => {
  for (const [maxBatch, maxQueue, load] of [
    [1, 10, 0.7],
    [4, 40, 0.75],
    [16, 3, 1.1],
    [16, 0, 0.9],
    [8, 30, 1.4],
  ] as const) {
    it(`finds what a simulation of the queue finds: ${maxBatch} slots, ${maxQueue} waiting places, load ${load}`, () => {
      const curve = curveOf(maxBatch, maxQueue);
      const rate = atLoad(curve, load);
      const { batches, waitsMs } = bruteForce(curve, rate, 400_000);
      const arrivals = arrivalsAt(curve, rate);
      for (let batch = 1; batch <= arrivals.last; batch++) {
        const share = batches.filter((item) => item === batch).length / batches.length;
        const expected = (arrivals.joins[batch] ?? 0) + (batch === maxBatch ? arrivals.waits : 0);
        expect(share, `batch ${batch}`).to.be.closeTo(expected, 0.01);
      }
      const fullMs = msPerCompletion(curve, maxBatch);
      for (const t of [0, 0.5, 1, 3, 10, 25].map((part) => part * fullMs)) {
        const share = waitsMs.filter((item) => item > t).length / waitsMs.length;
        expect(waitsBeyond(arrivals, t), `wait > ${t}`).to.be.closeTo(share, 0.012);
      }
    });
  }

  it('has the means of the queue: time in service, and the wait as the integral of its tail', () => {
    for (const [maxBatch, maxQueue, load] of [
      [1, 10, 0.5],
      [32, 320, 0.8],
      [32, 5, 0.99],
      [64, 640, 1],
      [64, 640, 1.2],
      [256, 2560, 0.95],
      [4096, 40_960, 3],
    ] as const) {
      // Prompts in one chunk at every batch, so that the time in service is a line.
      const curve = curveOf(maxBatch, maxQueue, 16);
      const rate = atLoad(curve, load);
      const figures = queueAt(curve, rate);
      const arrivals = arrivalsAt(curve, rate);
      const { baseMs, slopeMs } = curve.model.serviceLine(1);
      expect(arrivals.meanBatch).to.be.closeTo(figures.joinedBatch, 1e-9 * figures.joinedBatch);
      expect(arrivals.joins[1]).to.be.closeTo(figures.findsNobody, 1e-9);
      expect(baseMs + slopeMs * arrivals.meanBatch).to.be.closeTo(figures.meanServiceMs, 1e-8 * figures.meanServiceMs);
      // Simpson, up to where hardly anybody waits.
      const untilMs =
        (arrivals.ratio < 1 ? Math.min(3 * maxQueue, 30 / (1 - arrivals.ratio)) : 3 * maxQueue) *
        msPerCompletion(curve, maxBatch);
      const steps = 4000;
      let integral = 0;
      for (let step = 0; step <= steps; step++) {
        const weight = step === 0 || step === steps ? 1 : step % 2 === 0 ? 2 : 4;
        integral += (weight * waitsBeyond(arrivals, (untilMs * step) / steps) * untilMs) / (3 * steps);
      }
      expect(integral, `load ${load}`).to.be.closeTo(figures.meanWaitMs, 2e-3 * figures.meanWaitMs);
    }
  });

  it('joins an empty replica alone where load goes to zero', () => {
    const curve = curveOf(32);
    const arrivals = arrivalsAt(curve, atLoad(curve, 1e-9));
    expect(arrivals.joins[1]).to.be.closeTo(1, 1e-7);
    const { prefillMs, itlMs } = curve.joining(1);
    expect(ttftPercentileMs(arrivals, 0.99)).to.be.closeTo(prefillMs[1]!, 1e-6 * prefillMs[1]!);
    expect(itlPercentileMs(arrivals, 0.5)).to.be.closeTo(itlMs[1]!, 1e-9 * itlMs[1]!);
  });
});

const scenario = fc.record({
  curve: fc
    .record({
      linear: fc.boolean(),
      maxBatch: fc.integer({ min: 1, max: 300 }),
      queue: fc.constantFrom(0, 1, 10),
      inputTokens: fc.integer({ min: 0, max: 20_000 }),
      outputTokens: fc.integer({ min: 1, max: 500 }),
      alphaMs: fc.double({ min: 0.5, max: 60, noNaN: true }),
    })
    .map(({ linear, maxBatch, queue, inputTokens, outputTokens, alphaMs }) => {
      const parameters = { decodeAlphaMs: alphaMs, decodeBetaMs: 0.4, prefillGammaMs: 100, prefillDeltaMs: 0.01 };
      return linear
        ? serviceCurve(linearFamily(parameters, { inputTokens, outputTokens }, maxBatch), maxBatch, queue * maxBatch)
        : curveOf(maxBatch, queue * maxBatch, inputTokens, outputTokens, { ...a100, alphaMs });
    })
    // Without a prompt and with one token there is nothing to do.
    .filter((curve) => curve !== null),
  load: fc.double({ min: 1e-3, max: 1.5, noNaN: true }),
  percentile: fc.double({ min: 0.5, max: 0.999, noNaN: true }),
});

describe('percentiles', () => {
  it('are exceeded by as many as they say', () => {
    fc.assert(
      fc.property(scenario, ({ curve, load, percentile }) => {
        const arrivals = arrivalsAt(curve, atLoad(curve, load));
        const ttftMs = ttftPercentileMs(arrivals, percentile);
        if (ttftMs === 0) return;
        expect(firstTokenBeyond(arrivals, ttftMs * (1 + 1e-9))).to.be.at.most((1 - percentile) * (1 + 1e-6));
        expect(firstTokenBeyond(arrivals, ttftMs * (1 - 1e-6))).to.be.at.least((1 - percentile) * (1 - 1e-3));
      }),
    );
  });

  it('rise with the percentile and with the rate', () => {
    const factor = fc.double({ min: 1, max: 2, noNaN: true });
    fc.assert(
      fc.property(scenario, factor, fc.double({ min: 0, max: 1, noNaN: true }), ({ curve, load, percentile }, more, part) => {
        const rate = atLoad(curve, load);
        const higher = percentile + part * (0.999 - percentile);
        const at = (ratePerMs: number, p: number): { itl: number; ttft: number } => {
          const arrivals = arrivalsAt(curve, ratePerMs);
          return { itl: itlPercentileMs(arrivals, p), ttft: ttftPercentileMs(arrivals, p) };
        };
        const here = at(rate, percentile);
        for (const there of [at(rate, higher), at(rate * more, percentile)]) {
          expect(there.itl).to.be.at.least(here.itl * (1 - 1e-9));
          expect(there.ttft).to.be.at.least(here.ttft * (1 - 1e-6));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('have a mean around them: the median of steady latencies is near it', () => {
    const curve = curveOf(256);
    const arrivals = arrivalsAt(curve, atLoad(curve, 0.7));
    const table = curve.joining(arrivals.last);
    let meanItlMs = 0;
    let meanTtftMs = 0;
    for (let batch = 1; batch <= arrivals.last; batch++) {
      meanItlMs += arrivals.joins[batch]! * table.itlMs[batch]!;
      meanTtftMs += arrivals.joins[batch]! * joiningMsAs(table, batch);
    }
    expect(itlPercentileMs(arrivals, 0.5)).to.be.closeTo(meanItlMs, 0.02 * meanItlMs);
    expect(ttftPercentileMs(arrivals, 0.5)).to.be.closeTo(meanTtftMs, 0.05 * meanTtftMs);
  });
});
