import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { realClock } from '#shared/clock/real-clock.js';
import { createSupervisor } from '../adapters/supervisor.js';

/** Prints its pid, and goes when its stop line says so: a service in miniature. */
const CHILD = `
process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });
process.on('disconnect', () => process.exit(3));
setInterval(() => {}, 1000);
console.log('args ' + process.argv.slice(2).join(' '));
console.log('pid ' + process.pid);
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('createSupervisor', () => {
  let folder: string;
  let program: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferno-supervisor-'));
    program = join(folder, 'child.mjs');
    await writeFile(program, CHILD);
  });

  after(() => rm(folder, { recursive: true }));

  function supervise() {
    const pids: number[] = [];
    const notices: string[] = [];
    const lines: string[] = [];
    let onPid: () => void = () => undefined;
    let onRefusal: (text: string) => void = () => undefined;
    const refusal = new Promise<string>((resolve) => (onRefusal = resolve));
    const supervisor = createSupervisor({
      clock: realClock,
      onLine: (_name, line) => {
        lines.push(line);
        const pid = /^pid (\d+)$/.exec(line)?.[1];
        if (pid === undefined) return;
        pids.push(Number(pid));
        onPid();
      },
      onNotice: (notice) => notices.push(notice),
      onRefused: (name, words) => onRefusal(`${name}: ${words}`),
    });
    const nextPid = async (count: number): Promise<number> => {
      while (pids.length < count) await new Promise<void>((resolve) => (onPid = resolve));
      return pids[count - 1]!;
    };
    return { supervisor, notices, nextPid, refusal, lines };
  }

  it('starts a killed service again and says so', async () => {
    const { supervisor, notices, nextPid } = supervise();
    supervisor.start({ name: 'one', args: [program], env: process.env, logFile: join(folder, 'one.log') });
    process.kill(await nextPid(1), 'SIGKILL');
    const second = await nextPid(2);
    expect(notices[1]).to.match(/^one ended \(signal SIGKILL\); starting it again in 0\.5 s/);
    await supervisor.stop();
    expect(isAlive(second)).to.equal(false);
  });

  it('stops its services gracefully, keeps their words in the log, and starts none again', async () => {
    const { supervisor, notices, nextPid } = supervise();
    supervisor.start({ name: 'two', args: [program], env: process.env, logFile: join(folder, 'two.log') });
    const pid = await nextPid(1);
    await supervisor.stop();
    expect(isAlive(pid)).to.equal(false);
    expect(notices).to.deep.equal([`two started, pid ${pid}`]);
    expect(await readFile(join(folder, 'two.log'), 'utf8')).to.equal(`args \npid ${pid}\nbye\n`);
  });

  it('does not start again what refuses its input at the first start, and hands on what it said', async () => {
    const refusing = join(folder, 'refusing.mjs');
    await writeFile(refusing, "console.error('PORT: must be a number'); process.exit(2);");
    const { supervisor, notices, refusal } = supervise();
    supervisor.start({ name: 'three', args: [refusing], env: process.env, logFile: join(folder, 'three.log') });
    expect(await refusal).to.equal('three: PORT: must be a number');
    await supervisor.stop();
    expect(notices).to.have.length(1);
  });

  it('gives the arguments of the first start no second time', async () => {
    const { supervisor, nextPid, lines } = supervise();
    const args = [program];
    supervisor.start({ name: 'four', args, firstArgs: ['--fresh'], env: process.env, logFile: join(folder, 'four.log') });
    process.kill(await nextPid(1), 'SIGKILL');
    await nextPid(2);
    await supervisor.stop();
    expect(lines.filter((line) => line.startsWith('args'))).to.deep.equal(['args --fresh', 'args ']);
  });
});
