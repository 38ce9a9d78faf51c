import { expect } from 'chai';
import { decideOn } from '../test/support/decide-with.js';
import { dataWith, server } from '../test/support/fleet.js';
import { summaryOf } from './summary.js';

describe('targets at a percentile', () => {
  const data = dataWith();
  data.serviceClassData.serviceClasses[0]!.modelTargets[0]!['slo-percentile'] = 0.95;

  it('are told as such, beside the means that are measured and predicted', () => {
    const { servers } = decideOn([server('a', { replicas: 2, rate: 35 })], { data });
    const decision = servers['a']!;
    expect(decision.targets).to.deep.equal({ itl: 40, ttft: 1000, tps: 0, percentile: 0.95 });
    const summary = summaryOf('a', decision, null, null);
    expect(summary).to.match(/Measured: ITL [^;]*, target p95 40 ms; TTFT [^;]*, target p95 1000 ms\./);
    expect(decision.verdict.reason).to.match(
      /predicted ITL mean [\d.]+ ms, target p95 40 ms, TTFT mean [\d.]+ ms, target p95 1000 ms/,
    );
  });

  it('leave the words for means as they are', () => {
    const { servers } = decideOn([server('a', { replicas: 2, rate: 35 })]);
    const decision = servers['a']!;
    expect(decision.targets).not.to.have.property('percentile');
    expect(summaryOf('a', decision, null, null)).to.match(/, target 40 ms; /);
  });
});
