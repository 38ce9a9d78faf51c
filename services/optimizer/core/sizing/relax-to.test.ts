import { expect } from 'chai';
import { iterationFamily } from '../latency/iteration-family.js';
import { linearFamily } from '../latency/linear-family.js';
import { serviceCurve, type ServiceCurve } from '../latency/service-curve.js';
import { relaxTo } from './relax-to.js';

/** Its times are so many ms, whatever the batch. */
function curveOf(alphaMs: number): ServiceCurve {
  const shape = { inputTokens: 0, outputTokens: 1 };
  const model = iterationFamily({ alphaMs, betaMs: 0, gammaMs: 0 }, shape, { maxBatch: 4, firstTokenWithPrefill: false });
  return serviceCurve(model, 4, 40) as ServiceCurve;
}

describe('relaxTo', () => {
  it('raises what is missed to what a nearly idle replica comes to, rounded up to four digits', () => {
    const { relaxed, factor } = relaxTo(curveOf(12.3456), { itlMs: 10, ttftMs: 900, tokensPerSec: 0 });
    expect(relaxed).to.deep.equal({ itlMs: 12.35, ttftMs: 900, tokensPerSec: 0 });
    expect(factor).to.be.closeTo(1.235, 1e-12);
  });

  it('leaves what is met, and what is no target', () => {
    const targets = { itlMs: 0, ttftMs: 100, tokensPerSec: 5 };
    expect(relaxTo(curveOf(20), targets)).to.deep.equal({ relaxed: targets, factor: 1 });
  });

  it('has numbers also where a double has no more digits to round', () => {
    const parameters = { decodeAlphaMs: 1e-322, decodeBetaMs: 0, prefillGammaMs: 1, prefillDeltaMs: 0 };
    const model = linearFamily(parameters, { inputTokens: 10, outputTokens: 10 }, 4);
    const curve = serviceCurve(model, 4, 40) as ServiceCurve;
    const { relaxed, factor } = relaxTo(curve, { itlMs: 5e-324, ttftMs: 0, tokensPerSec: 0 });
    expect(relaxed.itlMs).to.equal(1e-322);
    expect(factor).to.be.closeTo(20, 1);
  });
});
