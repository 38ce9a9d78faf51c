import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { until } from '#shared/testing/until.js';
import { processState } from '../adapters/process-identity.js';

const platforms: NodeJS.Platform[] = [];
if (process.platform === 'linux') platforms.push('linux');
// With `ps`, where there is one.
if (spawnSync('ps', ['-o', 'lstart=', '-p', String(process.pid)]).status === 0) platforms.push('darwin');

for (const platform of platforms) {
  describe(`processState, as on ${platform}`, () => {
    let child: ChildProcess;
    afterEach(async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    });

    it('tells one beginning of a process each time, and another of another process', async () => {
      child = spawn('sleep', ['1000']);
      await once(child, 'spawn');
      const state = await processState(child.pid!, platform);
      expect(state).to.have.property('runs', true);
      expect(state).to.have.property('since').that.matches(/\d/);
      expect(await processState(child.pid!, platform)).to.deep.equal(state);
      const init = await processState(1, platform);
      expect(init)
        .to.have.property('since')
        .that.does.not.equal((state as { since: string }).since);
    });

    it('counts one that has ended as gone, though its parent took no note yet', async () => {
      // The shell lets go of its output and becomes `sleep`, which asks for no child's end; then `cat` is let end.
      const script = 'cat <&3 >/dev/null & echo $!; exec sleep 1000 3<&- >/dev/null';
      child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
      const pid = Number(await text(child.stdout!));
      expect(await processState(pid, platform)).to.have.property('runs', true);
      child.stdio[3]!.destroy();
      await until(async () => !(await processState(pid, platform)).runs);
      // The control: an id that is still taken.
      expect(() => process.kill(pid, 0)).not.to.throw();
    });
  });
}
