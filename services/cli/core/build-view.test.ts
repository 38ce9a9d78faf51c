import { expect } from 'chai';
import type { CycleRecord } from '#shared/contracts/controller.js';
import type { CollectResponse } from '#shared/contracts/loop.js';
import { buildView, type ViewSources } from './build-view.js';

const collected: CollectResponse = {
  servers: [],
  replicas: [],
  'kube-resources': {},
  readings: {},
  status: {},
  workers: {},
  problems: [],
  control: { paused: false, servers: { b: true, a: true, c: false } },
} as never;

const sources: ViewSources = {
  nowMs: 0,
  cluster: { url: 'https://localhost', kubeconfigPath: '/k' },
  decided: undefined,
  lastCycle: undefined,
  collected: undefined,
  notices: [
    { text: 'optimizer started, pid 7', ofStart: true },
    { text: 'optimizer ended', ofStart: false },
  ],
};
const lastCycle = { cycle: 1, outcome: 'failed', reason: 'collect', timingsMs: { total: 3 } } as CycleRecord;

describe('buildView', () => {
  it('tells what is paused as the collector has it, before any cycle', () => {
    expect(buildView({ ...sources, collected }).paused).to.deep.equal({ all: false, servers: ['a', 'b'] });
    expect(buildView(sources).paused).to.equal(undefined);
  });

  it('leaves out the notices of the start once a cycle is there', () => {
    expect(buildView(sources).notices).to.deep.equal(['optimizer started, pid 7', 'optimizer ended']);
    expect(buildView({ ...sources, lastCycle }).notices).to.deep.equal(['optimizer ended']);
  });
});
