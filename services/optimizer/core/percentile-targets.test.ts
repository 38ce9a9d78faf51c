import { expect } from 'chai';
import { optimizeOneResponseSchema, type OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { ServiceClassSpec } from '#shared/contracts/system-data.js';
import { buildSystem, server, serviceClass } from '../test/system-builder.js';
import { optimize } from './optimize.js';

function classAt(percentile: number | undefined, itl: number, ttft: number, name = 'Premium'): ServiceClassSpec {
  const made = serviceClass(name, 1, { itl, ttft });
  if (percentile !== undefined) made.modelTargets[0]!['slo-percentile'] = percentile;
  return made;
}

function decide(classes: ServiceClassSpec[], servers = [server('s1')]): OptimizeOneResponse {
  const { solver, ...decision } = optimize(buildSystem({ classes, servers }), { firstTokenWithPrefill: false });
  return optimizeOneResponseSchema.parse({ ...decision, solver: { ...solver, ms: 0 } });
}

describe('optimize: percentile targets', () => {
  it('holds the percentile, and says what it comes to', () => {
    const { explanations, warnings } = decide([classAt(0.95, 24, 400)]);
    const { targets, candidates } = explanations['s1']!;
    expect(warnings).to.deep.equal([]);
    expect(targets).to.deep.equal({ itl: 24, ttft: 400, tps: 0, percentile: 0.95 });
    const feasible = candidates.filter((item) => item.feasible);
    expect(feasible).to.have.length(2);
    for (const { itlPercentile, ttftPercentile, itlAverage } of feasible) {
      expect(itlPercentile).to.be.within(itlAverage!, 24);
      expect(ttftPercentile).to.be.within(1, 400);
    }
  });

  it('speaks of no percentile where none is asked', () => {
    const { targets, candidates } = decide([classAt(undefined, 24, 400)]).explanations['s1']!;
    expect(targets).not.to.have.property('percentile');
    for (const item of candidates) expect(item).not.to.have.any.keys('itlPercentile', 'ttftPercentile');
  });

  it('names the percentile that even a nearly idle replica misses', () => {
    const { candidates } = decide([classAt(0.999, 15, 10)]).explanations['s1']!;
    const texts = candidates.map(({ rejection }) => rejection?.text ?? '');
    expect(texts[0]).to.match(/^slo-itl p99\.9 20\.\d > 15 ms$/);
    expect(texts[1]).to.match(/^slo-ttft p99\.9 [\d.]+ > 10 ms$/);
  });

  it('keeps classes apart that differ in the percentile only', () => {
    const asks = [undefined, 0.9, 0.99] as const;
    const classes = asks.map((percentile, index) => classAt(percentile, 24, 400, `c${index}`));
    const servers = asks.map((_, index) => server(`s${index}`, { class: `c${index}` }));
    const { explanations } = decide(classes, servers);
    const rates = asks.map((_, index) => explanations[`s${index}`]!.candidates[0]!.ratePerReplica!);
    expect(rates[1]).to.be.below(rates[0]!);
    expect(rates[2]).to.be.below(rates[1]!);
  });
});
