import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ServiceError } from '#shared/http/service-error.js';
import { lockDataDir } from './data-dir-lock.js';

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('lockDataDir', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inferno-lock-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('lets one in at a time, whichever way it calls the folder', async () => {
    const release = await lockDataDir(folder);
    const second = await refusal(lockDataDir(join(folder, '..', folder.split('/').pop()!)));
    expect(second).to.be.instanceOf(ServiceError).with.property('message').that.includes('is in use by another local-cluster');
    await release();
    const again = await lockDataDir(folder);
    await again();
  });

  it('locks a folder whose path is too long for a socket', async () => {
    const deep = join(folder, 'd'.repeat(100));
    mkdirSync(deep);
    const release = await lockDataDir(deep);
    expect(await refusal(lockDataDir(deep))).to.be.instanceOf(ServiceError);
    await release();
  });

  it('does not heed the lock of a killed process', async () => {
    const path = join(folder, 'lock');
    const holder = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`,
    ]);
    await once(holder.stdout, 'data');
    expect(await refusal(lockDataDir(folder))).to.be.instanceOf(ServiceError);
    const exit = once(holder, 'exit');
    holder.kill('SIGKILL');
    await exit;
    expect(existsSync(path)).to.equal(true);
    const release = await lockDataDir(folder);
    await release();
  });
});
