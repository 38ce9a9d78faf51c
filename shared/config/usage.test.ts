import { expect } from 'chai';
import { booleanSetting, integerSetting, textSetting } from './settings.js';
import { asksForHelp, usage } from './usage.js';

const settings = {
  count: integerSetting({ variable: 'COUNT', argument: 0, default: 1, min: 0, max: 9, about: 'how many' }),
  folder: textSetting({ variable: 'FOLDER', argument: '--folder', default: '', range: 'path of a folder', about: 'where it is' }),
  fresh: booleanSetting({ variable: 'FRESH', argument: '--fresh', default: false, about: 'forget the last time' }),
  period: integerSetting({ variable: 'PERIOD', default: 10, min: 0, max: 99, about: `seconds ${'and so on '.repeat(12)}` }),
};

describe('usage', () => {
  const lines = usage({ command: 'it', about: 'Does it.', settings, notes: ['And more.'] }).split('\n');
  const after = (name: string): string | undefined => lines[lines.indexOf(name) + 1]?.trim();

  it('says how it is called, what it does, and what there is to note', () => {
    expect(lines.slice(0, 3)).to.deep.equal(['usage: it [COUNT] [options]', '', 'Does it.']);
    expect(lines.at(-1)).to.equal('And more.');
  });

  it('names argument and variable of each setting, with its meaning, range and default', () => {
    expect(after('  argument 1, COUNT')).to.equal('how many; a whole number from 0 to 9; default: 1');
    expect(after('  --folder VALUE, FOLDER')).to.equal('where it is; path of a folder; default: empty');
    expect(after('  --fresh[=true|false], FRESH')).to.match(/^forget the last time; true or false.*; default: false$/);
    expect(after('  -h, --help')).to.equal('print this and exit');
  });

  it('lists what has no argument apart, wrapped to 100 columns', () => {
    expect(lines.indexOf('  PERIOD')).to.be.above(lines.indexOf('By environment variable only:'));
    expect(Math.max(...lines.map(({ length }) => length))).to.be.at.most(100);
    expect(lines.join(' ').replaceAll(/ +/g, ' ')).to.contain('a whole number from 0 to 99; default: 10');
  });

  it('is asked for by -h and --help alone', () => {
    expect([['-h'], ['1', '--help'], ['--helpful'], []].map(asksForHelp)).to.deep.equal([true, true, false, false]);
  });
});
