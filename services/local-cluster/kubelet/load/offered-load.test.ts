import { expect } from 'chai';
import { readLoadLabels, shareLoad } from './offered-load.js';

const rpm = 'inferno.server.load.rpm';
const inTokens = 'inferno.server.load.intokens';
const outTokens = 'inferno.server.load.outtokens';
const numTokens = 'inferno.server.load.numtokens';

describe('readLoadLabels', () => {
  it('reads rate, input and output tokens', () => {
    expect(readLoadLabels({ labels: { [rpm]: '60', [inTokens]: '128', [outTokens]: '512' } })).to.deep.equal({
      kind: 'load',
      load: { arrivalRatePerMin: 60, avgInTokens: 128, avgOutTokens: 512 },
    });
  });

  it('reads the older single figure as output tokens', () => {
    expect(readLoadLabels({ labels: { [rpm]: '60', [numTokens]: '512' } })).to.deep.equal({
      kind: 'load',
      load: { arrivalRatePerMin: 60, avgInTokens: 0, avgOutTokens: 512 },
    });
  });

  it('prefers an annotation', () => {
    const read = readLoadLabels({ labels: { [rpm]: '60', [numTokens]: '512' }, annotations: { [rpm]: '6.5' } });
    expect(read.kind === 'load' && read.load.arrivalRatePerMin).to.equal(6.5);
  });

  it('takes a rate of zero as a load of zero, and no rate as none', () => {
    const idle = readLoadLabels({ labels: { [rpm]: '0', [numTokens]: '512' } });
    expect(idle.kind === 'load' && idle.load.arrivalRatePerMin).to.equal(0);
    expect(readLoadLabels({ labels: { [numTokens]: '512' } })).to.deep.equal({ kind: 'none' });
    expect(readLoadLabels(undefined)).to.deep.equal({ kind: 'none' });
  });

  for (const value of ['', ' ', 'abc', '-1', 'NaN', 'Infinity', '1e9', '60rpm']) {
    it(`refuses a rate of ${JSON.stringify(value)}, naming key, value and range`, () => {
      const read = readLoadLabels({ annotations: { [rpm]: value, [numTokens]: '512' } });
      expect(read.kind === 'invalid' && read.problem).to.equal(
        `${rpm}: ${JSON.stringify(value)}: must be a number from 0 to 1000000`,
      );
    });
  }

  it('names every label that is wrong', () => {
    const read = readLoadLabels({ labels: { [rpm]: '60', [inTokens]: 'x', [outTokens]: '0' } });
    expect(read.kind === 'invalid' && read.problem).to.match(/intokens: "x".*outtokens: "0": must be a number from 1/);
  });

  it('refuses a rate without tokens instead of taking them as zero', () => {
    expect(readLoadLabels({ labels: { [rpm]: '60' } }).kind).to.equal('invalid');
    expect(readLoadLabels({ labels: { [rpm]: '60', [inTokens]: '10' } })).to.deep.equal({
      kind: 'invalid',
      problem: `${rpm} is set, but not ${outTokens}`,
    });
  });
});

describe('shareLoad', () => {
  it('divides the rate, not the tokens', () => {
    const load = { arrivalRatePerMin: 90, avgInTokens: 10, avgOutTokens: 20 };
    expect(shareLoad(load, 3)).to.deep.equal({ arrivalRatePerMin: 30, avgInTokens: 10, avgOutTokens: 20 });
  });
});
