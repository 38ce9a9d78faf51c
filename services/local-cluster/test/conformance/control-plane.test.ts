import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'chai';
import { startRealControlPlane } from '#shared/testing/real-control-plane.js';
import { orFailingTest } from './support/on-each-target.js';
import { targetsOfThisRun } from './support/targets.js';

const targets = await orFailingTest('the targets of this run', targetsOfThisRun());
const real = targets.find(({ name }) => name === 'real');

// The embedded side needs no such test: it runs in this process, which would not end.
if (real !== undefined && real.missing === undefined) {
  describe('the real control plane of the tests', () => {
    it('leaves neither process nor folder behind', async function () {
      this.timeout(180_000);
      const controlPlane = await startRealControlPlane();
      if ('missing' in controlPlane) throw new Error(controlPlane.missing);
      const pids = Object.values(controlPlane.pids);
      expect(pids.map(isAlive)).to.deep.equal([true, true, true, true]);
      await controlPlane.stop();
      expect(pids.map(isAlive)).to.deep.equal([false, false, false, false]);
      expect(existsSync(dirname(controlPlane.kubeconfigPath))).to.equal(false);
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
