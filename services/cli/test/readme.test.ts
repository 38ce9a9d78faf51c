import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { replaceSettingsTable } from '../core/settings-table.js';
import { allSettings } from '../settings.js';
import { run } from './run-inferno.js';

describe('README.md', () => {
  let readme = '';
  before(async () => {
    readme = await readFile('README.md', 'utf8');
  });

  it('has the table of settings as the services define them', () => {
    expect(readme, 'run: npm run settings-table').to.equal(replaceSettingsTable(readme, allSettings()));
  });

  it('shows plans as they are printed', async () => {
    const samples = [...readme.matchAll(/^```text\n\$ npm run --silent inferno -- (plan|explain) (.*)\n([^`]*)^```$/gm)];
    expect(samples.length).to.be.greaterThan(1);
    for (const [, command, argv = '', sample = ''] of samples) {
      const { out } = await run(command as 'plan' | 'explain', argv.split(' '));
      const shown = comparable(sample);
      const isCut = shown.at(-1) === '...';
      const printed = comparable(out);
      expect(isCut ? shown.slice(0, -1) : shown, argv).to.deep.equal(isCut ? printed.slice(0, shown.length - 1) : printed);
    }
  });
});

/** Its lines, without the time that it took, and without the width that this gives a column. */
function comparable(output: string): string[] {
  return output
    .trimEnd()
    .replace(/\d+ ms(?= {2}|$)/gm, 'N ms')
    .replace(/ +/g, ' ')
    .split('\n');
}
