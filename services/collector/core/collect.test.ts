import { expect } from 'chai';
import { validate } from 'node-cron';
import { collectResponseSchema, type CollectResponse, type WrittenCollectResponse } from '#shared/contracts/loop.js';
import { parseContract } from '#shared/contracts/parse-contract.js';
import { annotations, CONTROL_CONFIG_MAP, labels } from '#shared/kube/names.js';
import type { ConfigMap, Deployment, Pod } from '#shared/kube/wire.js';
import { deployment, pod, replicaSet, type DeploymentOptions } from '../test/support/builders.js';
import { collect, type Snapshot } from './collect.js';
import { allMissing, type ReadingProvider } from './readings/source.js';
import { labelSource } from './readings/label-source.js';
import { NOT_SCRAPED } from './workers.js';

const NOW = Date.UTC(2026, 0, 1);
const load = { [labels.rpm]: '60', [labels.inTokens]: '128', [labels.outTokens]: '512' };

function snapshot(deployments: readonly Deployment[], pods: readonly Pod[] = [], control?: ConfigMap): Snapshot {
  return { deployments, replicaSets: deployments.map(replicaSet), pods, control };
}

/** What the controller would read: the answer has to keep its contract, whatever the cluster holds. */
function answer(seen: Snapshot, providers: readonly ReadingProvider[] = [labelSource]): CollectResponse {
  const collected = written(seen, providers);
  const { value, warnings } = parseContract(collectResponseSchema, JSON.parse(JSON.stringify(collected)), 'collect');
  expect(warnings).to.deep.equal([]);
  // Who reads servers has the contract's defaults for what they leave out.
  expect({ ...value, servers: [], replicas: [] }).to.deep.equal({ ...collected, servers: [], replicas: [] });
  return value;
}

function written(seen: Snapshot, providers: readonly ReadingProvider[] = [labelSource]): WrittenCollectResponse {
  return collect(seen, { providers, workerFigures: NOT_SCRAPED, isCron: validate }, NOW);
}

function only(options: DeploymentOptions, pods: (one: Deployment) => Pod[] = () => []) {
  const one = deployment(options);
  const { servers, readings, status, problems, replicas } = answer(snapshot([one], pods(one)));
  return { spec: servers[0]!, readings: readings['server-dep1']!, status: status['server-dep1']!, problems, replicas };
}

describe('collect: servers', () => {
  it('tells class, model, bounds, current allocation and load', () => {
    const bounds = { [labels.class]: 'Premium', [labels.minReplicas]: '2', [labels.maxReplicas]: '9' };
    expect(only({ replicas: 3, labels: { ...load, ...bounds } }).spec).to.deep.equal({
      name: 'server-dep1',
      class: 'Premium',
      model: 'granite_13b',
      keepAccelerator: false,
      minNumReplicas: 2,
      maxNumReplicas: 9,
      currentAlloc: {
        accelerator: 'A100',
        numReplicas: 3,
        maxBatch: 32,
        cost: 0,
        itlAverage: 0,
        ttftAverage: 0,
        load: { arrivalRate: 60, avgInTokens: 128, avgOutTokens: 512 },
      },
    });
  });

  it('leaves out what is not known: prices, latencies that nobody measured, and those of a single pod', () => {
    const one = deployment({ replicas: 1, labels: load });
    const latencies = { itlAverage: { value: 20, at: 1, source: 'scrape' as const } };
    const scraped: ReadingProvider = {
      source: 'scrape',
      read: () => ({ server: { ...allMissing('hangs'), ...latencies }, arrivalRateByPod: new Map() }),
    };
    const { servers, replicas } = written(snapshot([one], [pod(one)]), [scraped, labelSource]);
    expect(servers[0]!.currentAlloc).to.have.all.keys('accelerator', 'numReplicas', 'maxBatch', 'itlAverage', 'load');
    expect(replicas[0]!.currentAlloc).to.have.all.keys('accelerator', 'numReplicas', 'maxBatch', 'load');
  });

  it('has defaults: class Free, at least one replica', () => {
    expect(only({}).spec).to.include({ class: 'Free', minNumReplicas: 1 }).and.not.have.property('maxNumReplicas');
    expect(only({ labels: { [labels.class]: '' } }).spec).to.include({ class: 'Free' });
  });

  it('believes the pods’ template about the accelerator, and the Deployment only where it says nothing', () => {
    const reset = { labels: { [labels.accelerator]: 'L4' } };
    expect(only({ ...reset, templateLabels: { [labels.accelerator]: 'G2' } }).spec.currentAlloc!.accelerator).to.equal('G2');
    expect(only({ ...reset, templateLabels: {} }).spec.currentAlloc!.accelerator).to.equal('L4');
    const bare = { labels: { [labels.accelerator]: undefined }, templateLabels: {} };
    expect(only(bare).spec.currentAlloc!.accelerator).to.equal('A100');
  });

  it('takes max batch from the arguments in either form, else from the label', () => {
    expect(only({ args: ['--max-num-seqs=16'] }).spec.currentAlloc!.maxBatch).to.equal(16);
    expect(only({ args: ['--model', 'm'] }).spec.currentAlloc!.maxBatch).to.equal(64);
    expect(only({ args: ['--max-num-seqs', 'many'] }).spec.currentAlloc!.maxBatch).to.equal(64);
  });

  it('lets an annotation of the same key win, for a model that no label can hold', () => {
    const { spec } = only({ annotations: { [labels.model]: 'meta-llama/Llama-3.1-8B', [labels.rpm]: '90' }, labels: load });
    expect(spec.model).to.equal('meta-llama/Llama-3.1-8B');
    expect(spec.currentAlloc!.load!.arrivalRate).to.equal(90);
  });

  it('knows where a Deployment is', () => {
    expect(answer(snapshot([deployment()]))['kube-resources']).to.deep.equal({
      'server-dep1': { uid: 'uid-dep1', name: 'dep1', space: 'infer' },
    });
  });
});

describe('collect: load', () => {
  it('reads the older single figure as output tokens', () => {
    const older = { [labels.rpm]: '60', [labels.numTokens]: '512' };
    expect(only({ labels: older }).spec.currentAlloc!.load).to.deep.equal({ arrivalRate: 60, avgInTokens: 0, avgOutTokens: 512 });
    const both = only({ labels: { ...older, ...load } }).spec.currentAlloc!.load;
    expect(both).to.deep.equal({ arrivalRate: 60, avgInTokens: 128, avgOutTokens: 512 });
  });

  it('is unknown without labels, which is not zero', () => {
    const { spec, readings, problems } = only({});
    expect(spec.currentAlloc).not.to.have.property('load');
    expect(readings.arrivalRate).to.deep.equal({ missing: `labels: no label ${labels.rpm}` });
    expect(problems).to.deep.equal([]);
  });

  it('is zero where labels say so: the control of everything that must not be zero', () => {
    const idle = { ...load, [labels.rpm]: '0' };
    expect(only({ labels: idle }).spec.currentAlloc!.load).to.deep.equal({ arrivalRate: 0, avgInTokens: 128, avgOutTokens: 512 });
  });

  const bad = ['', 'many', 'NaN', 'Infinity', '-1', '1e10', '0x10', '60 rpm', '٣'];
  for (const value of bad) {
    it(`is unknown, and a problem, for the rate ${JSON.stringify(value)}`, () => {
      const { spec, readings, problems } = only({ labels: { ...load, [labels.rpm]: value } });
      expect(spec.currentAlloc).not.to.have.property('load');
      const reason = `label ${labels.rpm}: ${JSON.stringify(value)}: must be a number from 0 to 1000000000`;
      expect(readings.arrivalRate).to.deep.equal({ missing: `labels: ${reason}` });
      expect(problems).to.deep.equal([{ object: 'infer/dep1', server: 'server-dep1', code: 'bad-label', reason }]);
    });
  }

  it('is unknown with a rate and half of the tokens', () => {
    const { spec, readings } = only({ labels: { [labels.rpm]: '60', [labels.inTokens]: '128' } });
    expect(spec.currentAlloc).not.to.have.property('load');
    expect(readings.avgOutTokens).to.deep.equal({ missing: `labels: no label ${labels.outTokens}` });
  });

  it('takes each figure from the first source that has it', () => {
    const scraped: ReadingProvider = {
      source: 'scrape',
      read: () => ({
        server: { ...allMissing('hangs'), arrivalRate: { value: 0, at: 5, source: 'scrape' } },
        arrivalRateByPod: new Map(),
      }),
    };
    const { servers, readings } = answer(snapshot([deployment({ labels: load })]), [scraped, labelSource]);
    expect(servers[0]!.currentAlloc!.load).to.deep.equal({ arrivalRate: 0, avgInTokens: 128, avgOutTokens: 512 });
    expect(readings['server-dep1']!.itlAverage).to.deep.equal({ missing: 'scrape: hangs; labels: labels do not tell it' });

    const unlabelled = answer(snapshot([deployment()]), [scraped, labelSource]);
    expect(unlabelled.servers[0]!.currentAlloc!.load, 'a measured zero without tokens').to.deep.equal({ arrivalRate: 0 });
  });
});

describe('collect: bad labels of a server', () => {
  const cases = [
    { key: labels.minReplicas, value: '-1', replicas: 4, bounds: { minNumReplicas: 4 } },
    { key: labels.minReplicas, value: '1.5', replicas: 4, bounds: { minNumReplicas: 4 } },
    { key: labels.maxReplicas, value: 'all', replicas: 4, bounds: { minNumReplicas: 1 } },
    { key: labels.maxReplicas, value: '0', replicas: 4, bounds: { minNumReplicas: 1 } },
  ];
  for (const { key, value, replicas, bounds } of cases) {
    it(`${key} ${value}: named, and nothing is let go because of it`, () => {
      const { spec, problems } = only({ replicas, labels: { [key]: value } });
      expect(spec).to.include(bounds).and.not.have.property('maxNumReplicas');
      expect(problems).to.have.length(1);
      expect(problems[0]).to.include({ code: 'bad-label', server: 'server-dep1' });
      expect(problems[0]!.reason).to.include(key);
    });
  }

  it('reads the count that follows a roll-out of ours, unless somebody else scaled meanwhile', () => {
    const note = (from: number) => ({
      [annotations.pendingReplicas]: JSON.stringify({ replicas: 3, from, since: NOW, why: 'L4 → 2xA100' }),
    });
    expect(only({ replicas: 1, annotations: note(1) }).status.pendingReplicas).to.equal(3);
    expect(only({ replicas: 1, annotations: note(2) }).status).not.to.have.property('pendingReplicas');
    const broken = { [annotations.pendingReplicas]: '{"replicas":-1}' };
    expect(only({ annotations: broken }).status).not.to.have.property('pendingReplicas');
  });

  it('annotations of ours that somebody wrote over', () => {
    const { status, problems } = only({
      annotations: { [annotations.lastWrittenReplicas]: 'x', [annotations.acceleratorChangedAt]: 'yesterday' },
    });
    expect(status).not.to.have.any.keys('lastWrittenReplicas', 'acceleratorChangedAt');
    expect(problems.map(({ code }) => code)).to.deep.equal(['bad-annotation', 'bad-annotation']);
  });

  it('no name, or no model: a problem instead of a server', () => {
    const nameless = deployment({ name: 'a', labels: { [labels.name]: undefined } });
    const modelless = deployment({ name: 'b', labels: { [labels.model]: '' } });
    const { servers, problems, unhandled } = answer(snapshot([nameless, modelless, deployment({ name: 'c' })]));
    expect(servers.map(({ name }) => name)).to.deep.equal(['server-c']);
    expect(problems).to.deep.equal([
      { object: 'infer/a', code: 'missing-label', reason: `label ${labels.name} is needed` },
      { object: 'infer/b', server: 'server-b', code: 'missing-label', reason: `label ${labels.model} is needed` },
    ]);
    const held = { accelerator: 'A100', desiredReplicas: 1, podsByAccelerator: {} };
    expect(unhandled).to.deep.equal([
      { object: 'infer/a', model: 'granite_13b', ...held },
      { object: 'infer/b', model: '', ...held },
    ]);
  });

  it('two Deployments of one name: neither is a server', () => {
    const twins = ['a', 'b'].map((name) => deployment({ name, labels: { [labels.name]: 'twin' } }));
    const [first] = twins;
    const pods = [pod(first!, { name: 'a1' }), pod(first!, { name: 'a2', accelerator: 'H100' })];
    const seen = answer(snapshot([...twins, deployment({ name: 'c' })], pods));
    const podsOf = Object.fromEntries(seen.unhandled.map(({ object, podsByAccelerator }) => [object, podsByAccelerator]));
    expect(podsOf, 'their pods hold cards').to.deep.equal({ 'infer/a': { A100: 1, H100: 1 }, 'infer/b': {} });
    expect(seen.servers.map(({ name }) => name)).to.deep.equal(['server-c']);
    expect(seen['kube-resources']).to.have.all.keys('server-c');
    const reason = 'server twin is infer/a and infer/b; none of them is handled';
    expect(seen.problems).to.deep.equal([
      { object: 'infer/a', server: 'twin', code: 'duplicate-server', reason },
      { object: 'infer/b', server: 'twin', code: 'duplicate-server', reason },
    ]);
  });

  it('pods whose Deployment is gone hold their cards until they are gone too', () => {
    const gone = deployment({ name: 'gone' });
    const left = pod(gone, { name: 'left', state: 'terminating', accelerator: 'G2' });
    const others = [pod(gone, { name: 'over', state: 'failed' }), pod(gone, { name: 'unplaced', state: 'unschedulable' })];
    const foreign = pod(gone, { name: 'foreign' });
    delete foreign.metadata!.labels;
    const { unhandled } = answer(snapshot([deployment({ name: 'c' })], [left, ...others, foreign]));
    expect(unhandled).to.deep.equal([
      { object: 'infer/left', model: '', accelerator: 'G2', desiredReplicas: 0, podsByAccelerator: { G2: 1 } },
      { object: 'infer/unplaced', model: '', accelerator: 'A100', desiredReplicas: 0, podsByAccelerator: {} },
    ]);
  });

  it('a Deployment that is being deleted is no twin of its successor', () => {
    const old = deployment({ name: 'a', labels: { [labels.name]: 'twin' } });
    old.metadata!.deletionTimestamp = '2026-01-01T00:00:00Z';
    const { servers, problems } = answer(snapshot([old, deployment({ name: 'b', labels: { [labels.name]: 'twin' } })]));
    expect(servers.map(({ name }) => name)).to.deep.equal(['twin']);
    expect(problems).to.deep.equal([]);
  });

  it('a name of Object is a name like any other', () => {
    const { servers, status } = answer(snapshot([deployment({ annotations: { [labels.name]: 'constructor' } })]));
    expect(servers[0]!.name).to.equal('constructor');
    expect(Object.keys(status)).to.deep.equal(['constructor']);
  });
});

describe('collect: schedules', () => {
  it('tells the entries that can be read, and what is wrong with the others', () => {
    const entry = { start: '0 8 * * *', end: '0 18 * * *', timeZone: 'UTC', minReplicas: 4 };
    const schedule = JSON.stringify([entry, { ...entry, start: 'soon' }]);
    const { status, problems } = only({ annotations: { [annotations.schedule]: schedule } });
    expect(status.schedule).to.deep.equal([entry]);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.include({ object: 'infer/dep1', server: 'server-dep1', code: 'bad-annotation' });
    expect(problems[0]!.reason).to.contain('[1]: start: "soon"');
  });
});

describe('collect: pods', () => {
  const all = (one: Deployment): Pod[] => [
    pod(one, { name: 'ready1' }),
    pod(one, { name: 'ready2', accelerator: 'G2' }),
    pod(one, { name: 'starting', state: 'starting' }),
    pod(one, { name: 'nowhere', state: 'unschedulable' }),
    pod(one, { name: 'leaving', state: 'terminating' }),
    pod(one, { name: 'evicted', state: 'failed' }),
  ];

  it('counts them by what they are, and cards by where they run', () => {
    expect(only({ replicas: 4 }, all).status).to.deep.equal({
      desiredReplicas: 4,
      readyReplicas: 2,
      startingReplicas: 2,
      unschedulableReplicas: 1,
      terminatingReplicas: 1,
      unschedulableReason: '0/4 nodes: Insufficient inferno.io/A100',
      rolloutInProgress: false,
      podsByAccelerator: { A100: 3, G2: 1 },
      serving: { A100: { pods: 1, maxBatch: 0 }, G2: { pods: 1, maxBatch: 0 } },
      waiting: [],
      policy: 'slo',
      schedule: [],
    });
  });

  it('gives each running one its share of the load', () => {
    const { replicas } = only({ labels: load }, all);
    expect(replicas.map(({ name }) => name)).to.deep.equal(['server-dep1/ready1', 'server-dep1/ready2', 'server-dep1/starting']);
    expect(replicas[1]!.currentAlloc).to.deep.include({ accelerator: 'G2', numReplicas: 1 });
    expect(replicas[0]!.currentAlloc!.load).to.deep.equal({ arrivalRate: 20, avgInTokens: 128, avgOutTokens: 512 });
  });

  it('does not believe a label of a pod that nobody of ours controls', () => {
    const one = deployment();
    const foreign = pod(one, { name: 'foreign' });
    foreign.metadata!.ownerReferences = [];
    const adopted = pod(one, { name: 'adopted' });
    adopted.metadata!.ownerReferences![0]!.controller = false;
    const { status } = answer(snapshot([one], [foreign, adopted, pod(one)]));
    expect(status['server-dep1']!.readyReplicas).to.equal(1);
  });

  it('sees a roll-out by pods of an older template, or a template that nobody has seen', () => {
    const rolling = deployment({ replicas: 3 });
    rolling.status!.updatedReplicas = 1;
    const unseen = deployment({ name: 'dep2' });
    unseen.metadata!.generation = 2;
    const { status } = answer(snapshot([rolling, unseen]));
    expect(status['server-dep1']!.rolloutInProgress).to.equal(true);
    expect(status['server-dep2']!.rolloutInProgress).to.equal(true);
  });

  it('tells what the actuator wrote last', () => {
    const written = { [annotations.lastWrittenReplicas]: '3', [annotations.acceleratorChangedAt]: '2026-01-01T00:00:01Z' };
    expect(only({ annotations: written }).status).to.include({ lastWrittenReplicas: 3, acceleratorChangedAt: NOW + 1000 });
  });
});

describe('collect: what is paused', () => {
  const configMap = (text: string): ConfigMap => ({
    metadata: { name: CONTROL_CONFIG_MAP.name, namespace: 'inferno' },
    data: { [CONTROL_CONFIG_MAP.key]: text },
  });

  it('is nothing while nothing is stored, and else what is', () => {
    expect(answer(snapshot([])).control).to.deep.equal({ paused: false, servers: {} });
    const stored = answer(snapshot([], [], configMap('{"servers":{"a":true}}')));
    expect(stored.control).to.deep.equal({ paused: false, servers: { a: true } });
  });

  for (const text of ['{"paused":', '{"paused":"no"}', '']) {
    it(`is everything where it cannot be read: ${text}`, () => {
      const { control, problems } = answer(snapshot([], [], configMap(text)));
      expect(control.paused).to.equal(true);
      expect(problems).to.have.length(1);
      expect(problems[0]).to.include({ object: 'inferno/inferno-control', code: 'bad-annotation' });
    });
  }
});
