import { labels } from '#shared/kube/names.js';
import { LoopUnderTest } from './support/loop-under-test.js';

describe('The load emulator, when it is killed', function () {
  this.timeout(400_000);
  let loop: LoopUnderTest;

  before(async () => {
    loop = await LoopUnderTest.start({ env: { INFERNO_LOAD_INTERVAL: '2' } });
  });

  after(() => loop.remove());

  it('is started again, and goes on with the loads; the loop does not notice', async () => {
    await movedOn();
    const pid = loop.pidOf('load-emulator');
    process.kill(pid, 'SIGKILL');
    await loop.until('it runs again', () => loop.pidOf('load-emulator') !== pid);
    await movedOn();
    await loop.until('a cycle goes well', async () => (await loop.controller.get('/invoke')).status === 200);
  });

  async function rates(): Promise<(string | undefined)[]> {
    return (await loop.deployments()).map(({ metadata }) => metadata?.labels?.[labels.rpm]);
  }

  async function movedOn(): Promise<void> {
    const before = await rates();
    await loop.until('the loads have moved on', async () => {
      const after = await rates();
      return after.length === before.length && after.some((rate, index) => rate !== before[index]);
    });
  }
});
