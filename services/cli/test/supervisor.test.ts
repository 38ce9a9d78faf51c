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
    let onPid: () => void = () => undefined;
    const supervisor = createSupervisor({
      clock: realClock,
      onLine: (_name, line) => {
        const pid = /^pid (\d+)$/.exec(line)?.[1];
        if (pid === undefined) return;
        pids.push(Number(pid));
        onPid();
      },
      onNotice: (notice) => notices.push(notice),
    });
    const nextPid = async (count: number): Promise<number> => {
      while (pids.length < count) await new Promise<void>((resolve) => (onPid = resolve));
      return pids[count - 1]!;
    };
    return { supervisor, notices, nextPid };
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
    expect(await readFile(join(folder, 'two.log'), 'utf8')).to.equal(`pid ${pid}\nbye\n`);
  });
});
