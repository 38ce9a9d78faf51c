import { expect } from 'chai';
import type { CycleRecord, ServerDecision } from '#shared/contracts/controller.js';
import { labels } from '#shared/kube/names.js';
import { isAlive, LoopUnderTest } from './support/loop-under-test.js';
import { offer, rateFor, settled, steadyEnv, steadyLoad } from './support/steady-load.js';

const json = { headers: { accept: 'application/json' } };

describe('The loop, started as a user starts it', function () {
  // More than the conditions of a case are waited for in all.
  this.timeout(900_000);
  let loop: LoopUnderTest;

  before(async () => {
    // The load stands still, so that what the loop settles on can be compared with what it computes.
    loop = await LoopUnderTest.start({ args: ['--emulator=false'], env: steadyEnv });
  });

  after(() => loop.remove());

  it('scales in one of its first six cycles, which is within 30 s of the services being up', async () => {
    const isGrowth = ({ planned, current }: ServerDecision) => planned.numReplicas > current.numReplicas;
    await loop.until('some server has more than one replica', async () =>
      Object.values(await loop.replicas()).some((count) => count > 1),
    );
    const growing = (await loop.cycles()).filter(({ servers }) => Object.values(servers).some(isGrowth));
    expect(Math.min(...growing.map(({ cycle }) => cycle))).to.be.at.most(6);
  });

  it('does a cycle on demand beside the periodic ones, and answers when it is done', async () => {
    // What curl sends.
    const plain = await loop.controller.get<string>('/invoke', { headers: { accept: '*/*' } });
    expect(plain.status).to.equal(200);
    expect(plain.data).to.equal('OK');
    const { data: record } = await loop.controller.get<CycleRecord>('/invoke', json);
    expect(record).to.include({ outcome: 'ok', trigger: 'invoke', dryRun: false });
    expect(Object.keys(record.servers).sort()).to.deep.equal(['vllm-001', 'vllm-002', 'vllm-003', 'vllm-004']);
  });

  it('follows three times the load, and the measured latencies come back within their SLOs', async () => {
    await steadyLoad(loop, ['dep1']);
    const before = (await loop.replicas())['dep1'] ?? 0;
    await offer(loop, 'dep1', 3 * (await rateFor(loop, 'dep1', 3.5)));
    await loop.until('dep1 has grown', async () => ((await loop.replicas())['dep1'] ?? 0) > 2 * before);
    await settled(loop, ['dep1']);

    // A cycle between the two questions may have changed the answer to the second.
    await loop.until('what is explained is what there is', async () => {
      const { planned, wanted, optimizer } = await loop.explain('vllm-001');
      const candidates = optimizer?.candidates ?? [];
      expect((await loop.replicas())['dep1']).to.equal(planned.numReplicas);
      expect(wanted?.numReplicas).to.be.at.most(planned.numReplicas);
      expect(candidates.find((candidate) => candidate.chosen)?.accelerator).to.equal(planned.accelerator);
      expect(candidates.filter((candidate) => candidate.rejection !== undefined)).to.have.lengthOf(candidates.length - 1);
      return true;
    });
    await loop.until('measured ITL and TTFT are within the SLO', async () => {
      const { measured, targets } = await loop.explain('vllm-001');
      if ('missing' in measured.itl || 'missing' in measured.ttft) return false;
      return measured.itl.value <= (targets?.itl ?? 0) && measured.ttft.value <= (targets?.ttft ?? 0);
    });
  });

  it('decides and explains in a dry run, and acts on nothing while paused', async () => {
    await loop.controller.post('/pause');
    await loop.until('a cycle has seen the pause', async () => (await loop.cycles(1))[0]?.paused === true);
    await loop.until('the actuator has nothing left to finish', () => loop.isActedOut());
    const before = await loop.replicas();
    await loop.label('dep1', { [labels.rpm]: String(await rateFor(loop, 'dep1', 20)) });
    await loop.until('the new load is measured, and its need computed', async () => {
      const { data: record } = await loop.controller.get<CycleRecord>('/invoke', { ...json, params: { dryRun: true } });
      expect(record.dryRun).to.equal(true);
      expect(record.results).to.deep.equal({});
      return (record.servers['vllm-001']?.wanted?.numReplicas ?? 0) > (before['dep1'] ?? 0);
    });
    expect(await loop.replicas()).to.deep.equal(before);
    await loop.controller.post('/resume');
    await loop.until('dep1 grows after all', async () => ((await loop.replicas())['dep1'] ?? 0) > (before['dep1'] ?? 0));
  });

  it('scales down when the load is measured to be gone', async () => {
    const before = (await loop.replicas())['dep1'] ?? 0;
    await loop.label('dep1', { [labels.rpm]: '0' });
    await loop.until('dep1 has shrunk', async () => ((await loop.replicas())['dep1'] ?? 0) < before, 240_000);
  });

  it('stops with ctrl-c and leaves no process, and goes on where it was', async () => {
    const pids = loop.allPids();
    expect(pids).to.have.length.of.at.least(5);
    await loop.controller.post('/pause');
    await loop.until('a cycle has seen the pause', async () => (await loop.cycles(1))[0]?.paused === true);
    await loop.until('the actuator has nothing left to finish', () => loop.isActedOut());
    const before = await loop.replicas();
    expect(await loop.stop()).to.equal(0);
    expect(pids.filter(isAlive)).to.deep.equal([]);

    const again = await LoopUnderTest.start({ dataDir: loop.dataDir, args: ['--emulator=false'] });
    try {
      await again.until('its first cycle', async () => (await again.cycles(1)).length === 1);
      expect((await again.cycles(1))[0]?.paused, 'the pause is kept in the cluster').to.equal(true);
      expect(await again.replicas()).to.deep.equal(before);
    } finally {
      await again.stop();
    }
  });
});
