import { expect } from 'chai';
import { labels } from '#shared/kube/names.js';
import { LoopUnderTest } from './support/loop-under-test.js';
import { serverOf, steadyEnv, steadyLoad } from './support/steady-load.js';

const json = { headers: { accept: 'application/json' } };
const deployments = Object.keys(serverOf);

describe('The loop, when parts of it are killed', function () {
  this.timeout(300_000);
  let loop: LoopUnderTest;
  let steady: Record<string, number>;

  before(async () => {
    loop = await LoopUnderTest.start({ args: ['--emulator=false'], env: steadyEnv });
    await steadyLoad(loop, deployments);
    steady = await loop.replicas();
    for (const name of deployments) expect(steady[name], name).to.be.at.least(3);
  });

  after(() => loop.remove());

  for (const service of ['collector', 'optimizer', 'actuator', 'controller']) {
    it(`goes on when ${service} is killed during a cycle, and nothing is scaled down by it`, async () => {
      const pid = loop.pidOf(service);
      // In the middle of a cycle, as far as that can be hit from outside.
      const invoked = loop.controller.get('/invoke').catch(() => undefined);
      process.kill(pid, 'SIGKILL');
      await invoked;
      await loop.until(`${service} runs again`, async () => loop.pidOf(service) !== pid && (await loop.isHealthy()));
      await loop.until('a cycle succeeds again', async () => (await loop.controller.get('/invoke', json)).status === 200, 90_000);
      // Long enough for a lower need, had one been seen, to have held for the stabilisation window.
      const first = (await loop.cycles(1))[0]?.cycle ?? 0;
      await loop.until('three more cycles have passed', async () => ((await loop.cycles(1))[0]?.cycle ?? 0) >= first + 3);
      const after = await loop.replicas();
      for (const name of deployments) expect(after[name], name).to.be.at.least(steady[name]!);
    });
  }

  it('goes on when the cluster itself is killed, model servers included, and has what the load needs when it comes back', async () => {
    const pid = loop.pidOf('local-cluster');
    process.kill(pid, 'SIGKILL');
    await loop.until('the cluster runs again', async () => loop.pidOf('local-cluster') !== pid && (await loop.isHealthy()));
    await loop.until('a cycle succeeds again', async () => (await loop.controller.get('/invoke', json)).status === 200, 90_000);
    // While the servers started no requests came: for some seconds that is what is measured.
    for (const name of deployments) expect((await loop.replicas())[name], name).to.be.at.least(1);
    await loop.until(
      'every Deployment has its replicas',
      async () => {
        const now = await loop.replicas();
        return deployments.every((name) => (now[name] ?? 0) >= steady[name]!);
      },
      150_000,
    );
  });

  it('scales down in the same set-up when the load is measured to be gone', async () => {
    await loop.label('dep1', { [labels.rpm]: '6' });
    await loop.until('dep1 has shrunk', async () => ((await loop.replicas())['dep1'] ?? 0) < steady['dep1']!, 150_000);
  });
});
