import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { parse } from 'yaml';
import { loadDataFiles } from '#shared/contracts/load-data-files.js';
import { labels } from '#shared/kube/names.js';
import { placementOf } from '#shared/kube/placement.js';
import type { Deployment } from '#shared/kube/wire.js';
import { readLoadLabels } from '../load/offered-load.js';
import { modelServerParameters } from '../runtime/model-server-parameters.js';

const names = ['dep1', 'dep2', 'dep3', 'dep4'];

async function manifest(name: string): Promise<Deployment> {
  return parse(await readFile(`yamls/workload/${name}.yaml`, 'utf8')) as Deployment;
}

describe('yamls/workload', () => {
  const load = () => loadDataFiles('sample-data/small', ['acceleratorData', 'modelData', 'serviceClassData']);

  for (const name of names) {
    it(`${name} agrees with itself and with sample-data/small`, async () => {
      const { acceleratorData, modelData, serviceClassData } = (await load()).value;
      const deployment = await manifest(name);
      const own = deployment.metadata?.labels ?? {};
      const template = deployment.spec?.template;
      const container = template?.spec?.containers[0];
      expect(deployment.spec).to.not.have.property('replicas');

      const accelerator = acceleratorData.accelerators.find((item) => item.name === own[labels.accelerator]);
      const placement = placementOf(accelerator!, modelData);
      expect(template?.spec?.nodeSelector).to.deep.equal(placement.nodeSelector);
      const cards = placement.resource.count * (placement.models[own[labels.model] ?? '']?.accCount ?? 0);
      expect(container?.resources?.limits).to.include({ [placement.resource.name]: String(cards) });

      const pod = { metadata: template?.metadata ?? {}, spec: template?.spec };
      const data = { accelerators: acceleratorData, models: modelData };
      const parameters = modelServerParameters(pod as never, container!, deployment, data);
      expect(String(parameters.maxBatch)).to.equal(own[labels.maxBatchSize]);
      expect(parameters).to.include({ port: 8000, startupDelayMs: 5_000, accelerator: own[labels.accelerator] });
      for (const key of [labels.name, labels.model, labels.accelerator])
        expect(template?.metadata?.labels?.[key]).to.equal(own[key]);

      // An earlier probe of a simulated server would fail, and warn of it, at each start.
      expect((container?.startupProbe?.initialDelaySeconds ?? 0) * 1000).to.be.greaterThan(parameters.startupDelayMs);

      const { perf, avgOutTokens } = parameters;
      expect(parameters.maxBatch).to.equal(Math.floor((perf.maxBatchSize * (perf.atTokens ?? 0)) / avgOutTokens));
      expect(readLoadLabels(deployment.metadata).kind).to.equal('load');
      const nominal = [
        [labels.rpm, labels.nominalRpm],
        [labels.inTokens, labels.nominalInTokens],
        [labels.outTokens, labels.nominalOutTokens],
      ] as const;
      for (const [now, usual] of nominal) expect(own[usual]).to.equal(own[now]);

      const serviceClass = serviceClassData.serviceClasses.find((item) => item.name === own[labels.class]);
      expect(serviceClass?.modelTargets.map(({ model }) => model)).to.include(own[labels.model]);
    });

    it(`${name} has several accelerators to go to`, async () => {
      const own = (await manifest(name)).metadata?.labels ?? {};
      const server = `${own[labels.class] ?? ''}-${own[labels.model] ?? ''},`;
      const rows = (await readFile('sample-data/expected/small-iteration-candidates.csv', 'utf8')).split('\n');
      const feasible = rows.filter((row) => row.startsWith(server) && /,500,\d/.test(row)).map((row) => row.split(',')[1]);
      expect(feasible.length).to.be.at.least(3);
      expect(feasible).to.include(own[labels.accelerator]);
    });
  }

  it('differ in class, model and accelerator', async () => {
    const all = await Promise.all(names.map(manifest));
    const distinct = (key: string) => new Set(all.map(({ metadata }) => metadata?.labels?.[key])).size;
    expect([labels.name, labels.model, labels.accelerator].map(distinct)).to.deep.equal([4, 4, 4]);
    expect(distinct(labels.class)).to.equal(3);
  });

  it('outlive the drain timeout of 300 s: a preStop hook, and a grace period longer than that', async () => {
    for (const { spec } of await Promise.all(names.map(manifest))) {
      expect(spec?.template.spec?.terminationGracePeriodSeconds).to.be.greaterThan(300);
      expect(spec?.template.spec?.containers[0]?.lifecycle).to.have.property('preStop');
      expect(spec?.strategy?.rollingUpdate).to.deep.equal({ maxUnavailable: 0, maxSurge: '25%' });
    }
  });
});
