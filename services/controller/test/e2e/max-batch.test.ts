import { labels } from '#shared/kube/names.js';
import { LoopUnderTest } from './support/loop-under-test.js';
import { offer } from './support/steady-load.js';

const SHORTER = { [labels.inTokens]: '166', [labels.outTokens]: '200' };

describe('The loop with its own settings, when requests become shorter than the max batch was set for', function () {
  this.timeout(900_000);
  let loop: LoopUnderTest;

  before(async () => {
    loop = await LoopUnderTest.start({ args: ['--emulator=false'] });
  });

  after(() => loop.remove());

  it('comes back within its SLO and stays there', async () => {
    await loop.label('dep1', SHORTER);
    await offer(loop, 'dep1', 170);
    let sinceCycle: number | undefined;
    await loop.until(
      'TTFT is within its SLO for twelve cycles, a whole minute',
      async () => {
        const { cycle, measured, targets } = await loop.explain('vllm-001');
        if ('missing' in measured.ttft || measured.ttft.value > (targets?.ttft ?? 0)) sinceCycle = undefined;
        else sinceCycle ??= cycle;
        return sinceCycle !== undefined && cycle >= sinceCycle + 12;
      },
      600_000,
    );
  });
});
