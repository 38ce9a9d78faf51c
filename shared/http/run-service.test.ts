import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

// Runs from the sources (tsx) or from the built tree, as this file does.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const loader = extension === 'ts' ? ['--conditions=source', '--import', 'tsx'] : [];
const moduleUrl = (name: string): string => JSON.stringify(new URL(`${name}.${extension}`, import.meta.url).href);

/** A service in miniature. It says "starting" and "begun" when it is there, and what it does at its end. */
const PROGRAM = `
import { runService } from ${moduleUrl('./run-service')};
import { ContractError } from ${moduleUrl('../contracts/contract-error')};
import { integerSetting } from ${moduleUrl('../config/settings')};

const settings = { port: integerSetting({ variable: 'PORT', argument: '--port', default: 1, min: 0, max: 9, about: 'a port' }) };
const program = { command: 'it', about: 'Is one.', settings, env: process.env, argv: process.argv.slice(2) };
const running = { started: 'begun', stop: async () => console.log('stopped') };
const never = async () => new Promise(() => console.log('never stops'));
const late = () => new Promise((resolve) => setTimeout(() => { console.log('stopped'); resolve(); }, 300));
const issue = { source: 'later', path: '', value: '', message: 'no good' };
const starts = {
  runs: async ({ port }) => ({ ...running, started: 'begun with ' + port }),
  failing: async () => ({ ...running, failed: Promise.reject(new ContractError([issue])) }),
  late: async () => ({ ...running, stop: late }),
  hanging: async () => ({ ...running, stop: never }),
  stuck: async () => new Promise(() => console.log('starting')),
  slow: async (config, stopping) =>
    new Promise((resolve, reject) => {
      stopping.addEventListener('abort', () => { console.log('undone'); reject(stopping.reason); });
      console.log('starting');
    }),
};
setInterval(() => {}, 1000);
await runService(program, starts[process.env.START]);
if (program.argv.includes('--help')) process.exit(0);
`;

describe('runService', function () {
  this.timeout(120_000);
  let folder: string;
  let program: string;
  let child: ChildProcess | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-service-'));
    program = join(folder, 'program.mjs');
    await writeFile(program, PROGRAM);
  });

  afterEach(() => void child?.kill('SIGKILL'));
  after(() => rm(folder, { recursive: true }));

  /** @param until what it says before `then` is done to it */
  async function outcome(start: string, argv: string[] = [], until = '', then: (child: ChildProcess) => void = () => undefined) {
    const started = spawn(process.execPath, [...loader, program, ...argv], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, START: start, PORT: '' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child = started;
    let said = '';
    let isDone = until === '';
    for (const stream of [started.stdout, started.stderr]) {
      stream!.on('data', (chunk) => {
        said += String(chunk);
        if (isDone || !said.includes(until)) return;
        isDone = true;
        then(started);
      });
    }
    // 'close' would not come where the channel is given up on this side.
    await Promise.all([once(started, 'exit'), once(started.stdout!, 'end'), once(started.stderr!, 'end')]);
    return { said, code: started.exitCode };
  }

  const terminate = (running: ChildProcess): void => void running.kill('SIGTERM');
  const leave = (running: ChildProcess): void => running.disconnect();

  it('prints the usage and starts nothing', async () => {
    const { said, code } = await outcome('runs', ['--help']);
    expect(said)
      .to.match(/^usage: it \[options\]/)
      .and.not.to.contain('begun');
    expect(code).to.equal(0);
  });

  it('ends with 2 on settings it cannot use', async () => {
    expect(await outcome('runs', ['--port', 'x'])).to.deep.equal({
      said: 'arguments: --port: "x": must be a whole number from 0 to 9\n',
      code: 2,
    });
  });

  for (const [name, end] of [
    ['a signal', terminate],
    ['the end of its supervisor', leave],
  ] as const) {
    it(`stops on ${name}`, async () => {
      const { said, code } = await outcome('runs', ['--port=3'], 'begun', end);
      expect(said).to.contain('begun with 3\n').and.to.contain('stopped\n');
      expect(code).to.equal(0);
    });

    it(`undoes a start on ${name}, and just ends where there is nothing to undo`, async () => {
      const slow = await outcome('slow', [], 'starting', end);
      expect(slow.said).to.contain('undone').and.not.to.contain('begun');
      expect(slow.code).to.equal(0);
      const stuck = await outcome('stuck', [], 'starting', end);
      expect(stuck.said).not.to.contain('begun');
      expect(stuck.code).to.equal(0);
    });
  }

  it('takes a signal that comes twice at once for one', async () => {
    const interrupt = (running: ChildProcess): void => {
      running.kill('SIGINT');
      setTimeout(() => running.kill('SIGINT'), 50);
    };
    const { said, code } = await outcome('late', [], 'begun', interrupt);
    expect(said).to.contain('stopped\n');
    expect(code).to.equal(0);
  });

  it('ends at once on a second signal, should it not come to its end', async () => {
    const interrupt = (running: ChildProcess): void => {
      const repeated = setInterval(() => running.kill('SIGINT'), 400);
      running.once('exit', () => clearInterval(repeated));
    };
    const { said, code } = await outcome('hanging', [], 'begun', interrupt);
    expect(said).to.contain('never stops\n');
    expect(code).to.equal(130);
  });

  it('stops a service that cannot go on, and says why', async () => {
    const { said, code } = await outcome('failing');
    expect(said).to.contain('later: no good\n').and.to.contain('stopped\n');
    expect(code).to.equal(2);
  });
});
