import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { takeStartLock } from '../adapters/start-lock.js';

describe('takeStartLock', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'start-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const failureOf = (attempt: Promise<unknown>): Promise<unknown> =>
    attempt.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('holds the pid until it is given back, in a folder that need not be there', async () => {
    const inside = join(folder, 'new');
    const release = await takeStartLock(inside);
    expect(await readFile(join(inside, 'start.pid'), 'utf8')).to.equal(`${process.pid}\n`);
    await release();
    expect(await readdir(inside)).to.deep.equal([]);
  });

  it('refuses while a live process holds it, and names that process, the folder and the way out', async () => {
    await writeFile(join(folder, 'start.pid'), `${process.ppid}\n`);
    const error = await failureOf(takeStartLock(folder));
    expect(error).to.include({
      code: 'UNAVAILABLE',
      message: `another npm start (pid ${process.ppid}) is running in ${folder}; stop it, or use another folder with --data-dir`,
    });
    expect(await readdir(folder)).to.deep.equal(['start.pid']);
  });

  it('takes over the lock of a dead process, one without a pid, and one of an earlier process with this pid', async () => {
    const { pid: dead } = spawnSync(process.execPath, ['--version']);
    for (const left of [`${dead}\n`, '', '-1', `${process.pid}\n`]) {
      await writeFile(join(folder, 'start.pid'), left);
      const release = await takeStartLock(folder);
      expect(await readFile(join(folder, 'start.pid'), 'utf8'), left).to.equal(`${process.pid}\n`);
      await release();
      expect(await readdir(folder)).to.deep.equal([]);
    }
  });

  it('lets only one of two have it that come at once', async () => {
    const attempts = await Promise.allSettled([takeStartLock(folder, process.pid), takeStartLock(folder, process.ppid)]);
    expect(attempts.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
  });

  it('leaves the lock of another alone when giving back', async () => {
    const release = await takeStartLock(folder);
    await writeFile(join(folder, 'start.pid'), `${process.ppid}\n`);
    await release();
    expect(existsSync(join(folder, 'start.pid'))).to.equal(true);
  });
});
