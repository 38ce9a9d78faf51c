import { expect } from 'chai';
import type { CycleRecord } from '#shared/contracts/controller.js';
import { isAlive, LoopUnderTest } from './support/loop-under-test.js';

const json = { headers: { accept: 'application/json' } };

describe('The loop, started as a user starts it', function () {
  this.timeout(240_000);
  let loop: LoopUnderTest;

  before(async () => {
    // The load stands still, so that what the loop settles on can be compared with what it computes.
    loop = await LoopUnderTest.start({ args: ['--emulator=false'] });
  });

  after(() => loop.remove());

  /** Nothing is left to do for the server of dep1, and every replica of it serves. */
  async function settled(): Promise<void> {
    await loop.until(
      'vllm-001 has settled',
      async () => {
        const { current, planned, readyReplicas, verdict } = await loop.explain('vllm-001');
        return verdict.action === 'keep' && readyReplicas === current.numReplicas && planned.numReplicas === current.numReplicas;
      },
      180_000,
    );
  }

  it('scales within 30 s of the services being up', async () => {
    await loop.until(
      'some server has more than one replica',
      async () => Object.values(await loop.replicas()).some((count) => count > 1),
      30_000,
    );
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

  it('decides and explains in a dry run, and acts on nothing', async () => {
    await loop.controller.post('/pause');
    await loop.label('dep1', { 'inferno.server.load.rpm': '200' });
    const before = await loop.replicas();
    const { data: record } = await loop.controller.get<CycleRecord>('/invoke', { ...json, params: { dryRun: true } });
    expect(record.dryRun).to.equal(true);
    expect(record.results).to.deep.equal({});
    expect(await loop.replicas()).to.deep.equal(before);
    await loop.label('dep1', { 'inferno.server.load.rpm': '60' });
    await loop.controller.post('/resume');
  });

  it('follows three times the load, and the measured latencies come back within their SLOs', async () => {
    await settled();
    const before = (await loop.replicas())['dep1'] ?? 0;
    await loop.label('dep1', { 'inferno.server.load.rpm': '180' });
    await loop.until('dep1 has grown', async () => ((await loop.replicas())['dep1'] ?? 0) >= 2 * before, 90_000);
    await settled();

    const { planned, wanted, targets, candidates } = await loop.explain('vllm-001').then((explanation) => ({
      ...explanation,
      candidates: explanation.optimizer?.candidates ?? [],
    }));
    expect((await loop.replicas())['dep1']).to.equal(planned.numReplicas);
    expect(wanted?.numReplicas).to.be.at.most(planned.numReplicas);
    expect(candidates.find((candidate) => candidate.chosen)?.accelerator).to.equal(planned.accelerator);
    expect(candidates.length).to.be.greaterThan(1);

    await loop.until(
      'measured ITL and TTFT are within the SLO',
      async () => {
        const { measured } = await loop.explain('vllm-001');
        if ('missing' in measured.itl || 'missing' in measured.ttft) return false;
        return measured.itl.value <= (targets?.itl ?? 0) && measured.ttft.value <= (targets?.ttft ?? 0);
      },
      90_000,
    );
  });

  for (const service of ['collector', 'optimizer', 'actuator', 'controller', 'local-cluster']) {
    it(`goes on when ${service} is killed, and nothing is scaled down by it`, async () => {
      const before = await loop.replicas();
      const pid = loop.pidOf(service);
      // In the middle of a cycle, as far as that can be hit from outside.
      const invoked = loop.controller.get('/invoke').catch(() => undefined);
      process.kill(pid, 'SIGKILL');
      await invoked;
      await loop.until(`${service} runs again`, async () => loop.pidOf(service) !== pid && (await loop.isHealthy()), 60_000);
      await loop.until('a cycle succeeds again', async () => (await loop.controller.get('/invoke', json)).status === 200, 90_000);
      const after = await loop.replicas();
      for (const [name, count] of Object.entries(before)) expect(after[name], name).to.be.at.least(count);
    });
  }

  it('scales down when the load is measured to be gone, in the same set-up', async () => {
    await settled();
    const before = (await loop.replicas())['dep1'] ?? 0;
    await loop.label('dep1', { 'inferno.server.load.rpm': '6' });
    await loop.until('dep1 has shrunk', async () => ((await loop.replicas())['dep1'] ?? 0) < before, 150_000);
  });

  it('stops with ctrl-c and leaves no process and no port, and goes on where it was', async () => {
    const before = await loop.replicas();
    const pids = loop.allPids();
    expect(pids).to.have.length.of.at.least(5);
    expect(await loop.stop()).to.equal(0);
    expect(pids.filter(isAlive)).to.deep.equal([]);

    const again = await LoopUnderTest.start({
      dataDir: loop.dataDir,
      args: ['--emulator=false'],
      env: { INFERNO_CONTROL_PERIOD: '0' },
    });
    try {
      expect(await again.replicas()).to.deep.equal(before);
    } finally {
      await again.stop();
    }
  });
});
