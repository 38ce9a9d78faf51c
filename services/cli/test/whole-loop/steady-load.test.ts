import { expect } from 'chai';
import { loadDataFiles } from '#shared/contracts/load-data-files.js';
import type { ControllerData } from '../../../controller/core/facts.js';
import { guardConfig } from '../../../controller/test/support/fleet.js';
import { VirtualLoop, type VirtualLoopOptions } from './virtual-loop.js';

const names = ['acceleratorData', 'capacityData', 'modelData', 'serviceClassData', 'optimizerData'] as const;
const config = { ...guardConfig, scaleDownMargin: 0.1, stabilizationCycles: 3 };
const PERIOD_SEC = 10;
const HOUR_SEC = 3600;

let data: ControllerData;

before(async () => {
  data = (await loadDataFiles('sample-data/large', names)).value;
});

/** As in the demonstration: a load of few requests, measured over half a minute. */
function start(options: Pick<VirtualLoopOptions, 'model' | 'serviceClass' | 'runs'>): VirtualLoop {
  return new VirtualLoop({ data, config, periodSec: PERIOD_SEC, measuringSec: 30, startupSec: 15, ...options });
}

/** What is asked for at the end of each cycle of an hour. */
function hourOf(loop: VirtualLoop) {
  return Array.from({ length: HOUR_SEC / PERIOD_SEC }, () => {
    loop.run(PERIOD_SEC);
    return loop.asked;
  });
}

describe('The loop in virtual time, with a load that stays', () => {
  it('hardly ever takes a replica that it gives back within two minutes', () => {
    const runs = { accelerator: 'MI300X', numReplicas: 6, maxBatch: 37 };
    const loop = start({ model: 'mixtral_8_7b', serviceClass: 'Free', runs });
    loop.offer({ arrivalRatePerMin: 120, avgInTokens: 256, avgOutTokens: 512 });
    loop.run(600);
    const counts = hourOf(loop).map(({ numReplicas }) => numReplicas);
    const soon = 120 / PERIOD_SEC;
    const undone = counts.filter((count, index) => {
      const before = counts[index - 1] ?? count;
      return count < before && counts.slice(index, index + soon).some((later) => later > count);
    });
    // With a tenth of room alone, whatever chance does to 60 requests: 23.
    expect(undone.length).to.be.at.most(6);
    expect(loop.meanTtftMs(HOUR_SEC)).to.be.below(400);
  });

  it('does not take a server to and fro between accelerators', () => {
    const runs = { accelerator: 'MI300X', numReplicas: 1, maxBatch: 108 };
    const loop = start({ model: 'granite_34b', serviceClass: 'Premium', runs });
    loop.offer({ arrivalRatePerMin: 240, avgInTokens: 128, avgOutTokens: 256 });
    loop.run(600);
    const used = hourOf(loop).map(({ accelerator }) => accelerator);
    const changes = used.filter((accelerator, index) => index > 0 && accelerator !== used[index - 1]);
    // Where a move needed no room: 9.
    expect(changes.length).to.be.at.most(2);
  });
});

describe('The loop in virtual time, after a jump of the load', () => {
  it('works off what has come to wait, instead of carrying the load and the backlog for good', () => {
    const TTFT_MS = 2000;
    const loop = start({
      model: 'granite_13b',
      serviceClass: 'Bronze',
      runs: { accelerator: 'G2', numReplicas: 3, maxBatch: 76 },
    });
    const requests = { avgInTokens: 256, avgOutTokens: 512 };
    loop.offer({ arrivalRatePerMin: 300, ...requests });
    loop.run(900);
    loop.offer({ arrivalRatePerMin: 900, ...requests });
    loop.run(200);
    expect(loop.decisions.map(({ servers }) => servers['s']!.verdict.reason).join('\n')).to.contain('to work off what waits');
    // Sized for the load alone it takes 310 s.
    for (let minute = 0; minute < 15; minute++) {
      loop.run(60);
      expect(loop.meanTtftMs(60), `${loop.nowSec - 900} s after`).to.be.below(TTFT_MS);
    }
  });
});
