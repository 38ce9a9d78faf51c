import { expect } from 'chai';
import type { CycleRecord, ServersResponse } from '#shared/contracts/controller.js';
import type { CollectResponse } from '#shared/contracts/loop.js';
import { buildView, type ViewSources } from './build-view.js';
import { NOTHING_KNOWN } from './last-known.js';

const collected: CollectResponse = {
  servers: [],
  replicas: [],
  'kube-resources': {},
  readings: {},
  status: {},
  workers: {},
  problems: [],
  unhandled: [],
  control: { paused: false, servers: { b: true, a: true, c: false } },
} as never;

const sources: ViewSources = {
  nowMs: 0,
  cluster: { url: 'https://localhost', kubeconfigPath: '/k' },
  known: NOTHING_KNOWN,
  timeText: (ms) => `time ${ms}`,
  notices: [
    { text: 'optimizer started, pid 7', ofStart: true },
    { text: 'optimizer ended', ofStart: false },
  ],
};
const lastCycle = { cycle: 1, outcome: 'failed', reason: 'collect', timingsMs: { total: 3 } } as CycleRecord;

describe('buildView', () => {
  it('tells what is paused as the collector has it, before any cycle', () => {
    expect(buildView({ ...sources, known: { ...NOTHING_KNOWN, collected } }).paused).to.deep.equal({
      all: false,
      servers: ['a', 'b'],
    });
    expect(buildView(sources).paused).to.equal(undefined);
  });

  it('leaves out the notices of the start once a cycle is there', () => {
    expect(buildView(sources).notices).to.deep.equal(['optimizer started, pid 7', 'optimizer ended']);
    expect(buildView({ ...sources, known: { ...NOTHING_KNOWN, lastCycle } }).notices).to.deep.equal(['optimizer ended']);
  });

  it('tells how old what silent ones said is, and not when the next cycle comes', () => {
    const decided = { cycle: 1, nextCycleAt: 9000, servers: {}, capacity: {} } as unknown as ServersResponse;
    const known = { ...NOTHING_KNOWN, decided, lastCycle, collected, decidedAtMs: 1, collectedAtMs: 2 };
    expect(buildView({ ...sources, known })).to.deep.include({ silences: [] });
    expect(buildView({ ...sources, known }).cycle?.next).to.deep.equal({ atMs: 9000 });
    const silent = { ...known, controllerSilence: 'does not answer', collectorSilence: 'does not answer' } as const;
    expect(buildView({ ...sources, known: silent }).cycle?.next).to.equal('not known');
    expect(buildView({ ...sources, known: silent }).silences).to.deep.equal([
      'controller does not answer: decisions as of time 1',
      'collector does not answer: load, pods and latencies as of time 2',
    ]);
  });

  it('names the accelerators that still serve beside the one decided upon', () => {
    const missing = { missing: 'no data' };
    const decision = {
      class: 'Free',
      model: 'm',
      load: { arrivalRate: missing, avgInTokens: missing, avgOutTokens: missing },
      measured: { itl: missing, ttft: missing },
      targets: null,
      predicted: null,
      readyReplicas: 3,
      current: { accelerator: 'G2' },
      planned: { accelerator: 'L4', numReplicas: 3, maxBatch: 8, cost: 1 },
      verdict: { action: 'hold', reason: 'r' },
    };
    const leaving = (serving: unknown): readonly string[] | undefined => {
      const decided = { cycle: 1, nextCycleAt: null, servers: { a: decision }, capacity: {} } as unknown as ServersResponse;
      const status = serving === undefined ? {} : { a: { readyReplicas: 3, desiredReplicas: 3, serving } };
      const told = { ...collected, status } as never;
      return buildView({ ...sources, known: { ...NOTHING_KNOWN, decided, collected: told } }).servers[0]?.leaving;
    };
    expect(leaving({ '2xAIU2': { pods: 2, maxBatch: 8 }, L4: { pods: 1, maxBatch: 8 } })).to.deep.equal(['2xAIU2']);
    expect(leaving({ L4: { pods: 3, maxBatch: 8 } })).to.deep.equal([]);
    expect(leaving(undefined), 'as the cycle found it').to.deep.equal(['G2']);
  });
});
