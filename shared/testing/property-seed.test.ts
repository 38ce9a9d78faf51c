import { expect } from 'chai';
import fc from 'fast-check';

describe('property tests', () => {
  it('draw the same cases on every run, unless others are asked for', () => {
    const { seed } = fc.readConfigureGlobal();
    if (process.env['INFERNO_TEST_SEED'] === 'random') expect(seed).to.equal(undefined);
    else expect(seed).to.satisfy(Number.isInteger);
  });
});
