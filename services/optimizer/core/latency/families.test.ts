import { expect } from 'chai';
import fc from 'fast-check';
import { iterationFamily } from './iteration-family.js';
import { linearFamily } from './linear-family.js';
import { meanJoiningMs, type QueueMeans, type ServiceModel } from './service-model.js';

const a100 = { alphaMs: 20.58, betaMs: 0.041, gammaMs: 0.00128125 };
const asReference = { maxBatch: 64, firstTokenWithPrefill: false };

function serviceTimeMs(model: ServiceModel, batch: number): number {
  const { baseMs, slopeMs } = model.serviceLine(batch);
  return baseMs + slopeMs * batch;
}

function means(meanServiceMs: number, meanBatch: number, over: Partial<QueueMeans> = {}): QueueMeans {
  return { meanServiceMs, meanBatch, findsNobody: 0, joinedBatch: meanBatch, ...over };
}

describe('iterationFamily', () => {
  it('counts prefill and decode iterations and their work', () => {
    const model = iterationFamily(a100, { inputTokens: 128, outputTokens: 1024 }, asReference);
    const prefillWorkMs = (0.041 + 0.00128125) * 128;
    const decodeWorkMs = 1024 * (0.041 + 0.00128125 * (128 + 512.5));
    expect(serviceTimeMs(model, 8)).to.be.closeTo(1025 * 20.58 + 8 * (prefillWorkMs + decodeWorkMs), 1e-9);
    const prefillMs = 20.58 + (7 * (prefillWorkMs + decodeWorkMs)) / 1025 + prefillWorkMs;
    const itlMs = (serviceTimeMs(model, 8) - prefillMs) / 1024;
    expect(model.itlMs(serviceTimeMs(model, 8), 8)).to.be.closeTo(itlMs, 1e-9);
    expect(model.firstTokenMs(means(serviceTimeMs(model, 8), 8))).to.be.closeTo(prefillMs + itlMs, 1e-9);
  });

  it('gives the first token with the prefill: one iteration less, and no ITL in TTFT', () => {
    const shape = { inputTokens: 128, outputTokens: 1024 };
    const model = iterationFamily(a100, shape, { ...asReference, firstTokenWithPrefill: true });
    const oneTokenLess = iterationFamily(a100, { ...shape, outputTokens: 1023 }, asReference);
    expect(serviceTimeMs(model, 8)).to.equal(serviceTimeMs(oneTokenLess, 8));
    const { itlMs, prefillMs, iterationMs } = model.joiningAs(8);
    expect(model.itlMs(serviceTimeMs(model, 8), 8)).to.be.closeTo(itlMs, 1e-9);
    // 7 others: each iteration takes α, 7 tokens' decode and 7/1024 of a prompt; a prompt is long, so it is met more often than it is there.
    const promptMs = (0.041 + 0.00128125) * 128;
    const decodesMs = 1023 * (0.041 + 0.00128125 * (128 + 512));
    const meanMs = 20.58 + (7 * (promptMs + decodesMs)) / 1024;
    expect(iterationMs).to.be.closeTo(meanMs + (7 * promptMs ** 2) / 1024 / meanMs, 1e-9);
    expect(prefillMs).to.be.closeTo(20.58 + (7 * decodesMs) / 1024 + promptMs, 1e-9);
  });

  it('waits for the end of the running iteration, where there is one', () => {
    const model = iterationFamily(a100, { inputTokens: 128, outputTokens: 64 }, { ...asReference, firstTokenWithPrefill: true });
    const aloneMs = 20.58 + (0.041 + 0.00128125) * 128;
    expect(model.firstTokenMs(means(0, 0, { findsNobody: 1, joinedBatch: 1 }))).to.be.closeTo(aloneMs, 1e-9);
    const othersMs = meanJoiningMs(model.joiningAs(5));
    expect(othersMs).to.be.greaterThan(aloneMs + 20.58 / 2);
    const joinedBatch = 0.25 * 1 + 0.75 * 5;
    expect(model.firstTokenMs(means(0, 0, { findsNobody: 0.25, joinedBatch }))).to.be.closeTo(
      0.25 * aloneMs + 0.75 * othersMs,
      1e-9,
    );
  });

  it('has no ITL where the only token comes with the prefill', () => {
    const model = iterationFamily(a100, { inputTokens: 500, outputTokens: 1 }, { ...asReference, firstTokenWithPrefill: true });
    expect(model.itlMs(serviceTimeMs(model, 4), 4)).to.equal(0);
    expect(serviceTimeMs(model, 4)).to.be.greaterThan(0);
  });

  it('has a constant ITL with one slot, however rarely it is taken', () => {
    const model = iterationFamily(a100, { inputTokens: 128, outputTokens: 1024 }, { ...asReference, maxBatch: 1 });
    const serviceMs = serviceTimeMs(model, 1);
    const decodeWorkMs = 1024 * (0.041 + 0.00128125 * (128 + 512.5));
    for (const meanBatch of [1e-6, 0.5, 1]) {
      expect(model.itlMs(serviceMs, meanBatch)).to.be.closeTo(20.58 + decodeWorkMs / 1024, 1e-9);
    }
  });

  it('takes the chunks of one request while the mean batch is below one', () => {
    // (1 + 4)(8192 − 7207)/(7207 + 4) = 0.68: even alone, this prompt takes two.
    const model = iterationFamily(a100, { inputTokens: 7207, outputTokens: 4 }, asReference);
    const prefillMs = (0.041 + (0.00128125 * 3) / 2) * 7207;
    for (const meanBatch of [1e-6, 0.1, 0.18, 0.19, 0.4]) {
      const serviceMs = serviceTimeMs(model, 1);
      expect(model.firstTokenMs(means(serviceMs, meanBatch)) - model.itlMs(serviceMs, meanBatch)).to.be.closeTo(prefillMs, 1e-9);
    }
  });

  it('names batches behind which a prefill takes more chunks, not more than a few', () => {
    const model = iterationFamily(a100, { inputTokens: 4096, outputTokens: 128 }, { ...asReference, maxBatch: 5000 });
    expect(model.chunkSteps(125)).to.deep.equal([]);
    expect(model.chunkSteps(126)).to.deep.equal([125]);
    const many = model.chunkSteps(5000);
    expect(many).to.have.length(32);
    for (const step of many) expect(serviceTimeMs(model, step + 1) - serviceTimeMs(model, step)).to.be.greaterThan(20.58);
    expect(iterationFamily(a100, { inputTokens: 0, outputTokens: 128 }, asReference).chunkSteps(64)).to.deep.equal([]);
  });

  it('keeps to one line of service times for as long as a prefill takes the same chunks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: 1, max: 400 }), (inputTokens, outputTokens) => {
        const model = iterationFamily(a100, { inputTokens, outputTokens }, { ...asReference, maxBatch: 5000 });
        let batch = 1;
        for (let line = 1; line <= 20 && batch < 5000; line++) {
          const { lastBatch } = model.serviceLine(batch);
          expect(lastBatch).to.be.at.least(batch);
          const last = Math.min(lastBatch, 5000);
          expect(model.serviceLine(last)).to.deep.equal(model.serviceLine(batch));
          if (last < 5000) expect(model.serviceLine(last + 1).baseMs).to.be.greaterThan(model.serviceLine(last).baseMs);
          batch = last + 1;
        }
      }),
    );
  });

  it('knows a ceiling of its ITL', () => {
    for (const outputTokens of [1, 4, 400]) {
      const model = iterationFamily(a100, { inputTokens: 7207, outputTokens }, asReference);
      for (let batch = 1; batch <= 64; batch++) {
        for (const meanBatch of [0.01, 0.5 * batch, batch]) {
          expect(model.itlMs(serviceTimeMs(model, batch), meanBatch)).to.be.at.most(model.itlCeilingMs(64) * (1 + 1e-12));
        }
      }
    }
  });
});

describe('linearFamily', () => {
  const parameters = { decodeAlphaMs: 20.58, decodeBetaMs: 0.41, prefillGammaMs: 164.64, prefillDeltaMs: 0.0128125 };

  it('takes prefill and all but one decode', () => {
    const model = linearFamily(parameters, { inputTokens: 128, outputTokens: 1024 }, 16);
    const prefillMs = 164.64 + 0.0128125 * 128 * 5;
    expect(serviceTimeMs(model, 5)).to.be.closeTo(prefillMs + 1023 * (20.58 + 0.41 * 5), 1e-9);
    expect(model.itlMs(serviceTimeMs(model, 5), 3)).to.be.closeTo(20.58 + 0.41 * 5, 1e-9);
    expect(model.firstTokenMs(means(serviceTimeMs(model, 5), 3))).to.be.closeTo(prefillMs, 1e-9);
  });

  it('shares out the same time in service as an engine does that computes prompts amid decodes', () => {
    const shape = { inputTokens: 2048, outputTokens: 101 };
    const model = linearFamily(parameters, shape, 16, true);
    expect(serviceTimeMs(model, 9)).to.equal(serviceTimeMs(linearFamily(parameters, shape, 16), 9));
    const promptMs = 0.0128125 * 2048;
    expect(model.itlMs(serviceTimeMs(model, 9), 3)).to.be.closeTo(20.58 + 0.41 * 9 + (8 * promptMs) / 100, 1e-9);
    expect(model.joiningAs(9).itlMs).to.be.closeTo(model.itlMs(serviceTimeMs(model, 9), 3), 1e-9);
    expect(model.itlCeilingMs(16)).to.be.closeTo(20.58 + 0.41 * 16 + (15 * promptMs) / 100, 1e-9);
    expect(model.firstTokenMs(means(0, 0, { findsNobody: 1, joinedBatch: 1 }))).to.be.closeTo(164.64 + promptMs, 1e-9);
  });

  it('has no prefill without a prompt', () => {
    const model = linearFamily(parameters, { inputTokens: 0, outputTokens: 11 }, 16);
    expect(serviceTimeMs(model, 2)).to.be.closeTo(10 * (20.58 + 0.82), 1e-9);
    expect(model.firstTokenMs(means(serviceTimeMs(model, 2), 2))).to.equal(0);
  });

  it('reads the mean batch where the service time does not depend on it', () => {
    const model = linearFamily({ ...parameters, prefillDeltaMs: 0 }, { inputTokens: 128, outputTokens: 1 }, 16);
    expect(model.itlMs(serviceTimeMs(model, 9), 4)).to.be.closeTo(20.58 + 0.41 * 4, 1e-9);
  });
});
