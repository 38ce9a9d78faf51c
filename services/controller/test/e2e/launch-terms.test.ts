import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import axios from 'axios';
import { expect } from 'chai';
import { loopPorts } from './support/loop-ports.js';

const SESSION = `inferno-test-${process.pid}`;
const run = promisify(execFile);

describe('scripts/launch-terms.sh', function () {
  this.timeout(360_000);
  let folder: string;
  let env: NodeJS.ProcessEnv;

  before(async function () {
    const hasTmux = spawnSync('tmux', ['-V']).status === 0;
    if (!hasTmux) {
      if (process.env['INFERNO_REQUIRE_TOOLS'] === '1') throw new Error('tmux is needed: apt-get install tmux');
      if (this.test?.parent !== undefined) this.test.parent.title += ' (skipped: no tmux on this machine)';
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), 'inferno-terms-'));
    const ports = Object.entries(await loopPorts()).map(([name, port]) => [name, String(port)] as const);
    env = { ...process.env, ...Object.fromEntries(ports), LOCAL_CLUSTER_DIR: folder, INFERNO_TMUX_SESSION: SESSION, TMUX: '' };
    // As a caller may set it, whoever started the tmux server.
    env['INFERNO_LOAD_SEED'] = 'of the caller';
    delete env['KUBECONFIG'];
  });

  after(async () => {
    spawnSync('tmux', ['kill-session', '-t', SESSION]);
    await rm(folder, { recursive: true, force: true });
  });

  it('opens a pane for each part, runs the loop in them, and ends all of it', async () => {
    const { stdout } = await run('scripts/launch-terms.sh', { env });
    expect(stdout).to.contain(`tmux attach -t ${SESSION}`);

    const panes = await run('tmux', ['list-panes', '-t', `${SESSION}:loop`, '-F', '#{pane_title}']);
    expect(panes.stdout.trim().split('\n')).to.deep.equal([
      'load emulator',
      'collector',
      'optimizer',
      'actuator',
      'controller',
      'pods',
      'kubectl',
    ]);

    const seed = await run('tmux', ['show-environment', '-t', SESSION, 'INFERNO_LOAD_SEED']);
    expect(seed.stdout).to.equal('INFERNO_LOAD_SEED=of the caller\n');

    const url = `http://127.0.0.1:${env['CONTROLLER_PORT'] ?? ''}/invoke`;
    await eventually(async () => (await axios.get<unknown>(url, { headers: { accept: '*/*' }, proxy: false })).data === 'OK');

    await run('scripts/launch-terms.sh', ['--stop'], { env });
    expect(spawnSync('tmux', ['has-session', '-t', SESSION]).status).not.to.equal(0);
    // A service that did not end in its time is left to the end of its terminal.
    await eventually(async () => {
      const error: unknown = await axios.get(url, { proxy: false }).catch((cause: unknown) => cause);
      return (error as { code?: string }).code === 'ECONNREFUSED';
    });
  });

  it('tells how it is called, and starts nothing where it is called otherwise', () => {
    const call = (...args: string[]) => spawnSync('/bin/bash', ['scripts/launch-terms.sh', ...args], { env, encoding: 'utf8' });
    expect(call('--help'))
      .to.include({ status: 0, stderr: '' })
      .and.to.have.property('stdout')
      .that.matches(/^usage: .*--stop/);
    for (const args of [['--hlep'], ['--stop', 'all'], ['start']]) {
      const { status, stderr } = call(...args);
      expect(status).to.equal(2);
      expect(stderr).to.contain(`unknown: ${args.join(' ')}\nusage: `);
    }
    expect(spawnSync('tmux', ['has-session', '-t', `=${SESSION}`]).status).not.to.equal(0);
  });

  it('says so when tmux is missing', async () => {
    const outcome = await run('/bin/bash', ['scripts/launch-terms.sh'], { env: { ...env, PATH: '/nowhere' } }).catch(
      (error: unknown) => error,
    );
    expect(outcome)
      .to.have.property('stderr')
      .that.matches(/tmux is needed for the panes and was not found: install it/);
  });
});

describe('scripts/setparms.sh', () => {
  it('refuses to guess where the checkout is', () => {
    const { status, stderr } = spawnSync('/bin/bash', ['-c', '. scripts/setparms.sh'], {
      env: { PATH: process.env['PATH'] },
      encoding: 'utf8',
    });
    expect(status).to.equal(1);
    expect(stderr).to.contain('REPO_BASE is not set');
  });

  it('exports what the services read, and lets what is set already win', () => {
    const script = '. $REPO_BASE/scripts/setparms.sh; env';
    const given = {
      PATH: process.env['PATH'],
      HOME: '/home/somebody',
      REPO_BASE: process.cwd(),
      COLLECTOR_PORT: '7',
      KUBECONFIG: '/mine',
    };
    const { stdout } = spawnSync('/bin/bash', ['-c', script], { env: given, encoding: 'utf8' });
    const lines = stdout.split('\n');
    for (const line of [
      'CONTROLLER_PORT=3300',
      'COLLECTOR_PORT=7',
      'INFERNO_PORT=3302',
      'ACTUATOR_PORT=3303',
      'INFERNO_CONTROL_PERIOD=60',
      'INFERNO_CONTROL_DYNAMIC=false',
      `INFERNO_DATA_PATH=${process.cwd()}/sample-data/large/`,
      'KUBECONFIG=/mine',
    ]) {
      expect(lines).to.include(line);
    }
  });
});

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not within 120 s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
