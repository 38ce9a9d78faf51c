import { expect } from 'chai';
import fc from 'fast-check';
import { batchLimit, prefillChunks } from './prefill-chunks.js';

describe('prefillChunks', () => {
  it('takes one chunk while the budget carries the batch, and one more beyond', () => {
    // (1 + 128)(8192 − 4096)/(4096 + 128) = 125.09
    expect(prefillChunks(125, 4096, 128)).to.equal(1);
    expect(prefillChunks(126, 4096, 128)).to.equal(2);
  });

  it('is at least one without a prompt, and more than one for a prompt beyond the budget', () => {
    expect(prefillChunks(50, 0, 100)).to.equal(1);
    expect(prefillChunks(1, 8193, 1)).to.be.greaterThan(1);
  });

  it('is the least number of chunks that carries the batch', () => {
    const tokens = fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.double({ min: 0, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        tokens,
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        (batch, input, decodes) => {
          const chunks = prefillChunks(batch, input, decodes);
          expect(batchLimit(chunks, input, decodes)).to.be.at.least(batch);
          if (chunks > 1) expect(batchLimit(chunks - 1, input, decodes)).to.be.below(batch);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
