import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { replaceSettingsTable } from '../core/settings-table.js';
import { allSettings } from '../settings.js';

describe('README.md', () => {
  it('has the table of settings as the services define them', async () => {
    const readme = await readFile('README.md', 'utf8');
    expect(readme, 'run: npm run settings-table').to.equal(replaceSettingsTable(readme, allSettings()));
  });
});
