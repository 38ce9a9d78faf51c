import { expect } from 'chai';
import type { CycleRecord } from '#shared/contracts/controller.js';
import { labels } from '#shared/kube/names.js';
import { LoopUnderTest } from './support/loop-under-test.js';
import { serverOf, STEADY_REPLICAS, steadyEnv, steadyLoad } from './support/steady-load.js';

const json = { headers: { accept: 'application/json' } };
const deployments = Object.keys(serverOf);
/** Time that rates are taken over under `npm start`, and so the time that a lower need has to hold. */
const WINDOW_MS = 30_000;
/** After their death the measuring begins anew. */
const remeasures = new Set(['local-cluster', 'collector']);

function latestAt([latest]: readonly CycleRecord[]): number {
  return latest?.at ?? 0;
}

describe('The loop, when parts of it are killed', function () {
  this.timeout(600_000);
  let loop: LoopUnderTest;
  let steady: Record<string, number>;

  before(async () => {
    loop = await LoopUnderTest.start({ args: ['--emulator=false'], env: steadyEnv });
    await steadyLoad(loop, deployments);
    steady = await loop.replicas();
    for (const name of deployments) expect(steady[name], name).to.be.at.least(STEADY_REPLICAS);
  });

  after(() => loop.remove());

  for (const service of ['local-cluster', 'collector', 'optimizer', 'actuator', 'controller']) {
    const what = service === 'local-cluster' ? 'local-cluster with all model servers' : service;
    it(`goes on when ${what} is killed during a cycle, and nothing is scaled down by it`, async () => {
      const pid = loop.pidOf(service);
      const killedAt = Date.now();
      // In the middle of a cycle, as far as that can be hit from outside.
      const invoked = loop.controller.get('/invoke').catch(() => undefined);
      process.kill(pid, 'SIGKILL');
      await invoked;
      await loop.until(`${service} runs again`, async () => loop.pidOf(service) !== pid && (await loop.isHealthy()));
      await loop.until('a cycle succeeds again', async () => (await loop.controller.get('/invoke', json)).status === 200, 90_000);
      const againAt = latestAt(await loop.cycles(1));
      const endsAt = againAt + WINDOW_MS + (remeasures.has(service) ? WINDOW_MS : 0);
      await loop.until(
        'a lower need would have held for long enough',
        async () => latestAt(await loop.cycles(1)) > endsAt,
        120_000,
      );
      const after = await loop.replicas();
      for (const name of deployments) expect(after[name], name).to.be.at.least(STEADY_REPLICAS);
      for (const { cycle, servers } of (await loop.cycles()).filter(({ at }) => at > killedAt)) {
        for (const name of deployments) {
          const { current, planned, verdict } = servers[serverOf[name] ?? ''] ?? {};
          if (planned === undefined || current === undefined) continue;
          const isLower = planned.numReplicas < Math.min(STEADY_REPLICAS, current.numReplicas);
          expect(isLower, `cycle ${cycle}: ${name}: ${verdict?.reason ?? ''}`).to.equal(false);
        }
      }
    });
  }

  it('scales down in the same set-up when the load is measured to be gone', async () => {
    await loop.label('dep1', { [labels.rpm]: '0' });
    await loop.until('dep1 has shrunk', async () => ((await loop.replicas())['dep1'] ?? 0) < steady['dep1']!, 150_000);
  });
});
