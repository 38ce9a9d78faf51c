import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { readSettings } from '#shared/config/settings.js';
import { settings } from '../config.js';
import { start, stopAll } from '../start.js';

describe('start', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'start-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function failedStart(env: NodeJS.ProcessEnv, argv: string[] = []): Promise<{ message: string; closed: boolean }> {
    const { signal: stopping } = new AbortController();
    let closed = false;
    const view = { show: () => undefined, notice: () => undefined, close: () => void (closed = true) };
    const config = readSettings(settings, env, ['--data-dir', folder, ...argv]);
    const message = await start({ config, env, clock: new ManualClock(), view, say: () => undefined, stopping }).then(
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

  it('names the setting of a folder that is none, before anything runs', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const gone = join(folder, 'gone');
    const cases: [argv: string[], env: NodeJS.ProcessEnv, says: string][] = [
      [['--workload', gone], {}, `settings: --workload (INFERNO_WORKLOAD): "${gone}": no such folder`],
      [['--data-dir', file], {}, `settings: --data-dir (LOCAL_CLUSTER_DIR): "${file}": is no folder`],
      [[], { INFERNO_DATA_PATH: gone }, `settings: INFERNO_DATA_PATH: "${gone}": no such folder`],
    ];
    for (const [argv, env, says] of cases) expect(await failedStart(env, argv)).to.deep.equal({ message: says, closed: true });
    expect(await readdir(folder)).to.deep.equal(['file']);
  });

  it('refuses what a service would refuse in the environment, once', async () => {
    const { message } = await failedStart({ INFERNO_CONTROL_PERIOD: 'x', LOG_FORMAT: 'xml' });
    expect(message.split('\n')).to.deep.equal([
      'environment: LOG_FORMAT: "xml": must be one of text, json',
      'environment: INFERNO_CONTROL_PERIOD: "x": must be a number from 0 to 86400',
    ]);
  });

  it('refuses data files as the services would', async () => {
    await cp('sample-data/small', folder, { recursive: true });
    const file = join(folder, 'model-data.json');
    await writeFile(file, '{');
    const { message } = await failedStart({ INFERNO_DATA_PATH: folder });
    expect(message).to.contain(file);
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
