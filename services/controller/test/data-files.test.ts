import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ContractError } from '#shared/contracts/contract-error.js';
import { silentLogger } from '#shared/observe/logger.js';
import { openDataFiles } from '../adapters/data-files.js';
import { dataWith, server } from './support/fleet.js';
import { startSuite, type Suite } from './support/suite.js';

describe('data files of the controller', () => {
  let suite: Suite | undefined;

  afterEach(async () => {
    await suite?.stop();
    suite = undefined;
  });

  it('takes in a changed capacity in the next cycle, static mode or not', async () => {
    suite = await startSuite({ fleet: [server('a', { rate: 35 })] });
    await suite.writeData({ capacityData: { count: [{ type: 'L4', count: 3 }] } });
    const record = await suite.invoke();
    expect(record.capacity['L4']?.total).to.equal(3);
    expect(record.servers['a']?.planned.numReplicas).to.equal(2);
  });

  it('reads the static files anew in dynamic mode alone', async () => {
    const dearer = dataWith();
    for (const accelerator of dearer.acceleratorData.accelerators) accelerator.cost *= 2;
    for (const dynamic of [false, true]) {
      const one = await startSuite({ fleet: [server('a')], dynamic });
      await one.writeData(dearer);
      const { cost } = await one.invoke();
      await one.stop();
      expect(cost.current).to.equal(dynamic ? 40 : 20);
    }
  });

  for (const [what, text, part] of [
    ['broken', '{"count": [', 'is not JSON'],
    ['empty', '', 'is empty'],
    ['out of range', '{"count": [{"type": "L4", "count": -1}]}', 'count[0].count: -1: must be >= 0'],
  ] as const) {
    it(`keeps the last good data in force while a file is ${what}, says so, and goes on with the mended one`, async () => {
      suite = await startSuite({ fleet: [server('a', { rate: 35 })], dynamic: true });
      const path = join(suite.dataPath, 'capacity-data.json');
      await writeFile(path, text);
      const record = await suite.invoke();
      expect(record.outcome).to.equal('ok');
      expect(record.servers['a']?.planned.numReplicas).to.equal(4);
      expect(record.warnings[0]).to.contain(path).and.contain(part).and.contain('the last good data stay in force');
      await suite.writeData({ capacityData: { count: [{ type: 'L4', count: 9 }] } });
      const mended = await suite.invoke();
      expect(mended.capacity['L4']?.total).to.equal(9);
      expect(mended.warnings).to.deep.equal([]);
    });
  }

  it('does not take in half of the static files when they contradict each other', async () => {
    suite = await startSuite({ fleet: [server('a')], dynamic: true });
    const { acceleratorData, modelData } = dataWith();
    await suite.writeData({
      acceleratorData: { accelerators: acceleratorData.accelerators.map((item) => ({ ...item, cost: 99 })) },
      modelData: { models: modelData.models.map((item) => ({ ...item, acc: 'B200' })).slice(0, 1) },
    });
    const record = await suite.invoke();
    const path = join(suite.dataPath, 'model-data.json');
    expect(record.warnings.join('\n')).to.contain(`${path}: models[0].acc: "B200": no such accelerator; known: 2xA100, A100, L4`);
    expect(record.cost.current).to.equal(20);
  });

  it('does not start on a broken file, and names file, path, value and range of all of them', async () => {
    const good = await startSuite({ fleet: [] });
    suite = good;
    await writeFile(join(good.dataPath, 'capacity-data.json'), '{"count": [{"type": "L4", "count": "many"}]}');
    await writeFile(join(good.dataPath, 'accelerator-data.json'), '{"accelerators": [{"name": "x", "type": "x", "cost": -5}]}');
    const error = await openDataFiles({ folder: good.dataPath, dynamic: false, logger: silentLogger }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(ContractError);
    const { message } = error as ContractError;
    expect(message).to.contain(`${join(good.dataPath, 'accelerator-data.json')}: accelerators[0].cost: -5: must be >= 0`);
    expect(message).to.contain(`${join(good.dataPath, 'capacity-data.json')}: count[0].count: "many": must be a finite number`);
  });

  it('does not start with mixtures of accelerators, which no Deployment can have', async () => {
    const good = await startSuite({ fleet: [] });
    suite = good;
    await writeFile(join(good.dataPath, 'optimizer-data.json'), '{"optimizer": {"milpSolver": true, "Heterogeneous": true}}');
    const error = await openDataFiles({ folder: good.dataPath, dynamic: false, logger: silentLogger }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(ContractError);
    const { message } = error as ContractError;
    expect(message).to.contain(
      'optimizer-data.json: optimizer.heterogeneous: true: must be false: one Deployment has one template',
    );
  });
});
