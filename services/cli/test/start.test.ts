import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { readConfig } from '../config.js';
import { start, stopAll } from '../start.js';

describe('start', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'start-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function failedStart(env: NodeJS.ProcessEnv): Promise<{ message: string; closed: boolean }> {
    let closed = false;
    const view = { show: () => undefined, notice: () => undefined, close: () => void (closed = true) };
    const config = readConfig(env, ['--data-dir', folder]);
    const message = await start({ config, env, clock: new ManualClock(), view, say: () => undefined }).then(
      () => '',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );
    return { message, closed };
  }

  it('gives the lock back, and the terminal, when a port is taken; and looks for a second start before the ports', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    try {
      const env = { CONTROLLER_PORT: port };
      const taken = await failedStart(env);
      expect(taken.message).to.contain(`port ${port}`);
      expect(taken.closed).to.equal(true);
      expect(await readdir(folder)).to.deep.equal([]);

      await writeFile(join(folder, 'start.pid'), String(process.ppid));
      const second = await failedStart(env);
      expect(second.message).to.contain(`another npm start (pid ${process.ppid})`).and.not.to.contain('port');
      expect(await readdir(folder)).to.deep.equal(['start.pid']);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('stopAll', () => {
  it('says "stopped" last, when the children are gone and the lock is given back', async () => {
    const done: string[] = [];
    const later = (name: string) => async (): Promise<void> => {
      await Promise.resolve();
      done.push(name);
    };
    await stopAll({
      view: { close: () => done.push('view') },
      supervisor: { stop: later('children') },
      release: later('lock'),
      say: (line) => done.push(line),
    });
    expect(done).to.deep.equal(['view', 'children', 'lock', 'stopped']);
  });
});
