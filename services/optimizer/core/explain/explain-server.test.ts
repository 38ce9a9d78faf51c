import { expect } from 'chai';
import { buildSystem, server, type SystemParts } from '../../test/system-builder.js';
import type { Decision } from '../conclude.js';
import { optimize } from '../optimize.js';

const decide = (parts: SystemParts): Decision => optimize(buildSystem(parts), { firstTokenWithPrefill: false });

describe('explainServer', () => {
  it('names the standby replicas that the cost includes', () => {
    const { explanations } = decide({ servers: [server('s1', { standbyReplicas: 2 }), server('s2')] });
    expect(explanations['s1']!.reason).to.match(/^3 × A100 \+ 2 standby at 200 cents\/hr: the least value/);
    expect(explanations['s2']!.reason).to.match(/^3 × A100 at 120 cents\/hr: the least value/);
  });

  it('names them of a pin too', () => {
    const pin = { accelerator: 'A100', numReplicas: 4, reason: 'paused' };
    const { explanations } = decide({ servers: [server('s1', { pin, standbyReplicas: 1 })] });
    expect(explanations['s1']!.reason).to.equal('pinned to 4 × A100 + 1 standby: paused');
  });

  it('has no figures of a pin to an accelerator without data, rather than zeros', () => {
    const pin = { accelerator: 'B200', numReplicas: 4, reason: 'paused' };
    const { explanations } = decide({ servers: [server('s1', { pin }), server('s2', { pin: { ...pin, accelerator: 'A100' } })] });
    const [unknown] = explanations['s1']!.candidates;
    expect(unknown).to.include({ accelerator: 'B200', chosen: true, numReplicas: 4 });
    expect(unknown).to.not.have.any.keys(
      'cost',
      'value',
      'maxBatch',
      'cards',
      'itlAverage',
      'ttftAverage',
      'rho',
      'ratePerReplica',
    );
    const [known] = explanations['s2']!.candidates;
    expect(known)
      .to.include({ accelerator: 'A100', cost: 160 })
      .and.to.have.all.keys(
        ...['accelerator', 'chosen', 'feasible', 'numReplicas', 'cost', 'maxBatch', 'cards'],
        ...['ratePerReplica', 'itlAverage', 'ttftAverage', 'rho'],
      );
  });
});
