import { expect } from 'chai';
import fc from 'fast-check';
import { accelerator, model } from '../../test/system-builder.js';
import { predict } from '../latency/predict.js';
import { placementOf } from './placement.js';
import { curveOf } from './replica-curve.js';
import { createSizer } from './sizer.js';

describe('createSizer', () => {
  const ofLinear = {
    ...{ name: 'llama', acc: 'A100', accCount: 1, maxBatchSize: 300 },
    ...{ decodeParms: { alpha: 20, beta: 0.4 }, prefillParms: { gamma: 50, delta: 0.01 } },
  };
  const placements = [model('llama', 'A100', 20, { maxBatchSize: 300 }), ofLinear].map((perf, index) =>
    placementOf(accelerator('A100', 40), index, perf),
  );
  const aQuestion = fc.record({
    placement: fc.constantFrom(...placements),
    firstTokenWithPrefill: fc.boolean(),
    shape: fc.record({ inputTokens: fc.integer({ min: 0, max: 9000 }), outputTokens: fc.integer({ min: 1, max: 800 }) }),
    targets: fc.record({
      itlMs: fc.constantFrom(0, 25, 40, 100),
      ttftMs: fc.constantFrom(0, 200, 1000, 5000),
      tokensPerSec: fc.constantFrom(0, 0, 10),
    }),
    maxQueueSize: fc.constantFrom(undefined, 0, 100),
  });

  it('gives the same for a shape after so many others that it is no longer remembered', () => {
    const sizer = createSizer({ firstTokenWithPrefill: false });
    const placement = placements[0]!;
    const ask = (inputTokens: number, itlMs: number): number | null | undefined => {
      const targets = { itlMs, ttftMs: 1000, tokensPerSec: 0 };
      const question = {
        model: 'llama',
        shape: { inputTokens, outputTokens: 200 },
        limits: {},
        targets,
        batch: 'ceiling' as const,
      };
      return sizer.sizesFor(question)(placement).replica?.ratePerMs;
    };
    const before = Array.from({ length: 250 }, (_, index) => ask(index, 40));
    // Other targets: sized anew, from a range that may have been forgotten.
    const after = before.map((_, index) => ask(index, 40.0000001));
    expect(before[0]).to.be.above(0);
    before.forEach((rate, index) => expect(after[index]).to.be.closeTo(rate!, 1e-6 * rate!));
  });

  it('law: the smallest and the best replica are those of a server that asks for their max batch', () => {
    let smaller = 0;
    fc.assert(
      fc.property(aQuestion, ({ placement, firstTokenWithPrefill, shape, targets, maxQueueSize }) => {
        const sizer = createSizer({ firstTokenWithPrefill });
        const question = { model: 'llama', shape, targets };
        const { replica } = sizer.sizesFor({ ...question, limits: { maxQueueSize }, batch: 'smallest' })(placement);
        for (const found of [replica, replica?.best]) {
          if (found === undefined || found === null || found.ratePerMs === 0) continue;
          const limits = { maxQueueSize, maxBatchSize: found.maxBatch };
          const asked = sizer.sizesFor({ ...question, limits, batch: 'ceiling' })(placement).replica!;
          expect(found.ratePerMs).to.be.closeTo(asked.ratePerMs!, 1e-7 * asked.ratePerMs!);
          const [ours, its] = [found, asked].map((one) => predict(curveOf(placement, one)!, 0.9 * asked.ratePerMs!));
          expect(ours!.itlMs).to.be.closeTo(its!.itlMs, 1e-9 * its!.itlMs);
          expect(ours!.ttftMs).to.be.closeTo(its!.ttftMs, 1e-9 * its!.ttftMs);
          if (found.maxBatch < 300) smaller++;
        }
      }),
      { numRuns: 200, endOnFailure: true },
    );
    expect(smaller).to.be.above(50);
  });
});
