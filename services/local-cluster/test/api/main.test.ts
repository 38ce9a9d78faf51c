import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ApiClient } from './api-client.js';
import { configMaps } from './api-fixture.js';

const START_MS = 180_000;
// Runs from the sources (tsx) or from the built tree, as this file does.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const main = fileURLToPath(new URL(`../../main.${extension}`, import.meta.url));
const loader = extension === 'ts' ? ['--conditions=source', '--import', 'tsx'] : [];

describe('npm run local-cluster', function () {
  this.timeout(START_MS);
  let dataDir: string;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'inferno-cluster-'));
  });

  afterEach(async () => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await end('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function start(...args: string[]): Promise<{ said: string; code: number | null }> {
    const started = spawn(process.execPath, [...loader, main, '--rooms', 'api', '--port', '0', '--data-dir', dataDir, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = started;
    let said = '';
    const isUp = new Promise<void>((resolve) => {
      started.stderr.on('data', (chunk) => {
        said += String(chunk);
        if (said.includes('export KUBECONFIG=')) resolve();
      });
    });
    await Promise.race([isUp, once(started, 'close')]);
    return { said, code: started.exitCode };
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const running = child!;
    const exit = once(running, 'exit');
    running.kill(signal);
    await exit;
    return running.exitCode;
  }

  it('prints the line to copy and ends cleanly on SIGTERM', async () => {
    const { said } = await start();
    expect(said).to.include(`export KUBECONFIG=${join(dataDir, 'kubeconfig')}`);
    expect(await end('SIGTERM')).to.equal(0);
  });

  it('killed in the middle of writes comes back with every write that it had answered', async () => {
    await start();
    const client = new ApiClient(join(dataDir, 'kubeconfig'));
    const answered: string[] = [];
    let lastVersion = 0;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let count = 0; ; count++) {
        const { code, body } = await client.call('POST', configMaps, { body: { metadata: { name: `w${writer}-${count}` } } });
        expect(code).to.equal(201);
        answered.push(`w${writer}-${count}`);
        lastVersion = Math.max(lastVersion, Number((body?.['metadata'] as { resourceVersion: string }).resourceVersion));
        if (answered.length === 50) child!.kill('SIGKILL');
      }
    });
    await Promise.allSettled(writers);
    await start();
    const { body } = await new ApiClient(join(dataDir, 'kubeconfig')).call('GET', configMaps);
    const kept = (body?.['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
    expect(answered).to.have.length.at.least(50);
    expect(kept).to.include.members(answered);
    expect(Number((body?.['metadata'] as { resourceVersion: string }).resourceVersion)).to.be.at.least(lastVersion);
  });

  it('says what is wrong with an argument, and ends with 2', async () => {
    const { said, code } = await start('--rooms', 'api,attic');
    expect(said).to.include('--rooms: "api,attic": must be one or more of api, controllers, kubelet');
    expect(code).to.equal(2);
  });
});
