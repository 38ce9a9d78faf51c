import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
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

  const pidIn = async (inside: string): Promise<number> => Number.parseInt(await readFile(join(inside, 'start.pid'), 'utf8'), 10);

  it('holds the pid until it is given back, in a folder that need not be there', async () => {
    const inside = join(folder, 'new');
    const release = await takeStartLock(inside);
    expect(await pidIn(inside)).to.equal(process.pid);
    await release();
    expect(await readdir(inside)).to.deep.equal([]);
  });

  it('refuses while a live process holds it, and names that process, the folder and the way out', async () => {
    await takeStartLock(folder, process.ppid);
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
      expect(await pidIn(folder), left).to.equal(process.pid);
      await release();
      expect(await readdir(folder)).to.deep.equal([]);
    }
  });

  it('takes over the lock of a dead process whose id another process has by now', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1e6)']);
    try {
      await once(child, 'spawn');
      await takeStartLock(folder, child.pid);
      const [, since] = (await readFile(join(folder, 'start.pid'), 'utf8')).split('\n');
      expect(since).to.match(/\d/);
      // As it is after a reboot, or when ids have come round: our parent with the beginning of another process.
      await writeFile(join(folder, 'start.pid'), `${process.ppid}\n${since}\n`);
      await (
        await takeStartLock(folder)
      )();
      // The control: the process that the lock is of.
      await writeFile(join(folder, 'start.pid'), `${child.pid}\n${since}\n`);
      expect(await failureOf(takeStartLock(folder))).to.include({ code: 'UNAVAILABLE' });
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await (
      await takeStartLock(folder)
    )();
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('obeys a lock that does not tell when its process began', async () => {
    await writeFile(join(folder, 'start.pid'), `${process.ppid}\n`);
    expect(await failureOf(takeStartLock(folder))).to.include({ code: 'UNAVAILABLE' });
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
