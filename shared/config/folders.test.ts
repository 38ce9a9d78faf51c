import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ContractError } from '#shared/contracts/contract-error.js';
import { makeFolder, readFolder } from './folders.js';

const setting = { variable: 'DIR', argument: '--dir' } as const;

describe('folders of settings', () => {
  let folder = '';
  let file = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'folders-'));
    file = join(folder, 'file');
    await writeFile(file, '');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function refusal(action: () => unknown): Promise<string> {
    try {
      await action();
    } catch (error) {
      if (error instanceof ContractError) return error.message;
      throw error;
    }
    return '';
  }

  it('are made with those above them, and may be there', async () => {
    const path = join(folder, 'a', 'b');
    makeFolder(setting, path);
    makeFolder(setting, path);
    expect((await stat(path)).isDirectory()).to.equal(true);
    expect(await readFolder(setting, folder)).to.have.members(['a', 'file']);
  });

  it('are refused with the name of the setting where they are none', async () => {
    const of = (path: string, message: string): string => `settings: --dir (DIR): ${JSON.stringify(path)}: ${message}`;
    expect(await refusal(() => makeFolder(setting, file))).to.equal(of(file, 'is no folder'));
    expect(await refusal(() => makeFolder(setting, join(file, 'a')))).to.equal(
      of(join(file, 'a'), 'is no folder, or lies in none'),
    );
    expect(await refusal(() => readFolder(setting, file))).to.equal(of(file, 'is no folder, or lies in none'));
    expect(await refusal(() => readFolder(setting, join(folder, 'gone')))).to.equal(of(join(folder, 'gone'), 'no such folder'));
    expect(await refusal(() => readFolder({ variable: 'DIR' }, join(folder, 'gone')))).to.match(/^settings: DIR: /);
  });
});
