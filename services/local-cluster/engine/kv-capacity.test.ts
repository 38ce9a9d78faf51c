import { expect } from 'chai';
import { kvCapacityTokens } from './kv-capacity.js';

const INPUT = { memSizeGb: 80, maxBatchSize: 64, atTokens: 512, maxBatch: 64, avgInTokens: 128, avgOutTokens: 128 };

describe('kvCapacityTokens', () => {
  it('is the batch that the data say fits', () => {
    expect(kvCapacityTokens(INPUT)).to.equal(64 * 512);
  });

  it('holds the max batch of typical requests when that is more', () => {
    expect(kvCapacityTokens({ ...INPUT, maxBatch: 256, avgInTokens: 1024 })).to.equal(256 * 1152);
  });

  it('goes by memory when the data name no batch', () => {
    expect(kvCapacityTokens({ ...INPUT, maxBatchSize: undefined })).to.equal(80_000);
    expect(kvCapacityTokens({ ...INPUT, atTokens: 0 })).to.equal(80_000);
  });

  it('is at least a block', () => {
    expect(kvCapacityTokens({ memSizeGb: 0, maxBatch: 1, avgInTokens: 0, avgOutTokens: 0 })).to.equal(16);
  });
});
