import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadDataFiles } from '#shared/contracts/load-data-files.js';
import { capacityWarnings, checkReferences } from '#shared/contracts/references.js';

const everything = ['acceleratorData', 'capacityData', 'modelData', 'serviceClassData', 'optimizerData', 'serverData'] as const;

describe('loadDataFiles', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferno-data-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  for (const name of ['small', 'large', 'small-linear', 'large-linear']) {
    it(`reads sample-data/${name}, with and without a slash, without a word of complaint`, async () => {
      const { value, warnings } = await loadDataFiles(`sample-data/${name}/`, everything);
      expect(warnings).to.deep.equal([]);
      expect(checkReferences(value)).to.deep.equal([]);
      expect(capacityWarnings(value)).to.deep.equal([]);
      expect((await loadDataFiles(`sample-data/${name}`, everything)).value).to.deep.equal(value);
    });
  }

  it('names every file that is missing or broken, in one go', async () => {
    await writeFile(join(folder, 'capacity-data.json'), '');
    const error = await loadDataFiles(folder, ['acceleratorData', 'capacityData']).then(
      () => '',
      (reason: unknown) => (reason as Error).message,
    );
    expect(error.split('\n')).to.deep.equal([
      `${join(folder, 'accelerator-data.json')}: no such file`,
      `${join(folder, 'capacity-data.json')}: is empty; expected a JSON object`,
    ]);
  });
});

describe('checkReferences', () => {
  it('names a model on an accelerator and a target for a model that do not exist', async () => {
    const { value } = await loadDataFiles('sample-data/small', everything);
    const model = { ...value.modelData.models[0]!, acc: 'B200' };
    const target = { model: 'gpt', 'slo-itl': 1, 'slo-ttft': 1, 'slo-tps': 0 };
    const issues = checkReferences({
      ...value,
      modelData: { models: [...value.modelData.models, model] },
      serviceClassData: { serviceClasses: [{ name: 'Gold', priority: 1, modelTargets: [target] }] },
    });
    expect(issues.map(({ source, path, value: found }) => `${source} ${path} ${found}`)).to.deep.equal([
      'model-data.json models[30].acc "B200"',
      'serviceclass-data.json serviceClasses[0].modelTargets[0].model "gpt"',
    ]);
    expect(issues[0]?.message).to.equal('no such accelerator; known: 2xAIU2, 4xA100, A100, AIU2, G2, L4');
  });
});

describe('capacityWarnings', () => {
  it('names an accelerator type that no capacity counts', async () => {
    const { value } = await loadDataFiles('sample-data/small', everything);
    const capacityData = { count: value.capacityData.count.filter((item) => item.type !== 'G2') };
    expect(capacityWarnings({ ...value, capacityData })).to.deep.equal([
      'capacity-data.json: count: no entry for accelerator type "G2", taken as 0 cards',
    ]);
  });

  it('names cards of a type that no accelerator has', async () => {
    const { value } = await loadDataFiles('sample-data/small', everything);
    const capacityData = { count: [{ type: 'Z9', count: 4 }, ...value.capacityData.count] };
    expect(capacityWarnings({ ...value, capacityData }, 'here/capacity-data.json')).to.deep.equal([
      'here/capacity-data.json: count: no accelerator has type "Z9"; known: A100, AIU2, G2, L4',
    ]);
  });
});
