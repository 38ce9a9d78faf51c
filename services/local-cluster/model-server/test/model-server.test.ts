import { createServer } from 'node:net';
import { expect } from 'chai';
import { startModelServer } from '../model-server.js';
import { MODEL, PARMS, RunningServer } from './running-server.js';

describe('model server', () => {
  let server: RunningServer;

  afterEach(() => server.model.close());

  describe('start-up', () => {
    it('is not ready until the delay is over, and says so everywhere', async () => {
      server = await RunningServer.start({ startupDelayMs: 20_000 });
      await server.clock.advance(19_999);
      expect(server.model.isReady()).to.equal(false);
      for (const path of ['/health', '/metrics', '/v1/models']) expect((await server.get(path)).status, path).to.equal(503);
      const refused = await server.completion();
      expect(refused.status).to.equal(503);
      expect(await refused.json()).to.deep.equal({
        error: { message: 'the server is starting', type: 'ServiceUnavailableError', param: null, code: 503 },
      });
      await server.clock.advance(1);
      expect(server.model.isReady()).to.equal(true);
      for (const path of ['/health', '/metrics', '/v1/models']) expect((await server.get(path)).status, path).to.equal(200);
    });

    it('names the address when the port is taken', async () => {
      server = await RunningServer.start();
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as { port: number };
      const message = await startModelServer({
        address: '127.0.0.1',
        port,
        modelName: MODEL,
        perfParms: PARMS,
        maxBatch: 4,
        kvCapacityTokens: 1000,
        startupDelayMs: 0,
        clock: server.clock,
      }).catch((error: unknown) => (error as Error).message);
      await new Promise((resolve) => other.close(resolve));
      expect(message).to.equal(`model server cannot listen on 127.0.0.1:${port}: the port is already in use`);
    });
  });

  describe('generated load', () => {
    const LOAD = { arrivalRatePerMin: 120, avgInTokens: 64, avgOutTokens: 16 };

    it('is measured as it happened, whenever somebody looks', async () => {
      server = await RunningServer.start({ seed: 5, maxBatch: 16 });
      server.model.setOfferedLoad(LOAD);
      await server.clock.advance(60 * 60_000);
      const rare = server.model.stats();
      await server.model.close();
      server = await RunningServer.start({ seed: 5, maxBatch: 16 });
      server.model.setOfferedLoad(LOAD);
      for (let minute = 0; minute < 60; minute++) {
        await server.clock.advance(60_000);
        server.model.stats();
      }
      expect(server.model.stats()).to.deep.equal(rare);
      expect(rare.completed).to.be.within(6900, 7500);
      expect((await server.metric('vllm:prompt_tokens_total')) / rare.completed).to.be.closeTo(64, 1);
      expect((await server.metric('vllm:generation_tokens_total')) / rare.completed).to.be.closeTo(16, 0.5);
      const itlMs =
        (1000 * (await server.metric('vllm:inter_token_latency_seconds_sum'))) /
        (await server.metric('vllm:inter_token_latency_seconds_count'));
      expect(itlMs).to.be.within(10, 13);
      const ttftMs =
        (1000 * (await server.metric('vllm:time_to_first_token_seconds_sum'))) /
        (await server.metric('vllm:time_to_first_token_seconds_count'));
      expect(ttftMs).to.be.within(10 + 6.4, 10 + 6.4 + 15);
    });

    it('starts when the server is ready, changes, and ends', async () => {
      server = await RunningServer.start({ startupDelayMs: 20_000 });
      server.model.setOfferedLoad(LOAD);
      await server.clock.advance(20_000);
      expect(server.model.stats()).to.include({ iterations: 0 });
      await server.clock.advance(600_000);
      const first = server.model.stats().completed;
      expect(first).to.be.within(1050, 1350);
      server.model.setOfferedLoad({ ...LOAD, arrivalRatePerMin: 12 });
      await server.clock.advance(600_000);
      expect(server.model.stats().completed - first).to.be.within(80, 170);
      server.model.setOfferedLoad(undefined);
      await server.clock.advance(10_000);
      const last = server.model.stats();
      await server.clock.advance(600_000);
      expect(server.model.stats()).to.deep.equal(last);
      expect(last).to.include({ running: 0, waiting: 0, kvTokens: 0 });
    });

    it('refuses figures that are none and goes on with the load it had', async () => {
      server = await RunningServer.start();
      server.model.setOfferedLoad(LOAD);
      expect(() => {
        server.model.setOfferedLoad({ ...LOAD, arrivalRatePerMin: Number.NaN });
      }).to.throw(RangeError, 'arrivalRatePerMin');
      await server.clock.advance(600_000);
      expect(server.model.stats().completed).to.be.above(1000);
    });
  });

  describe('the end', () => {
    it('drains: not ready, no new requests, those that run or wait are answered', async () => {
      server = await RunningServer.start({ maxBatch: 1 });
      const answers = [server.completion(), server.completion()];
      await server.busy(2);
      server.model.setOfferedLoad({ arrivalRatePerMin: 600, avgInTokens: 10, avgOutTokens: 10 });
      let drained = false;
      const draining = server.model.drain().then(() => (drained = true));
      expect(server.model.isReady()).to.equal(false);
      expect((await server.get('/health')).status).to.equal(503);
      expect((await server.completion()).status).to.equal(503);
      expect(await server.metric('vllm:num_requests_running')).to.equal(1);
      await server.clock.advance(100);
      expect(drained).to.equal(false);
      await server.clock.advance(100);
      await draining;
      for (const answer of answers) expect((await answer).status).to.equal(200);
      expect(server.model.stats()).to.include({ phase: 'draining', completed: 2, running: 0, waiting: 0 });
    });

    it('drains at once when idle', async () => {
      server = await RunningServer.start();
      await server.model.drain();
      expect(server.model.stats().phase).to.equal('draining');
    });

    it('closes with the grace period over: open requests lose their connection, drain resolves', async () => {
      server = await RunningServer.start();
      const answering = server.completion({ max_tokens: 500 }).then(
        () => 'answered',
        () => 'cut',
      );
      await server.busy(1);
      const draining = server.model.drain();
      await server.model.close();
      await draining;
      expect(await answering).to.equal('cut');
      const refused = await server.get('/health').catch(() => 'refused');
      expect(refused).to.equal('refused');
    });
  });

  it('serves the linear family: TTFT is γ + δ·k', async () => {
    server = await RunningServer.start({}, { decodeParms: { alpha: 20, beta: 1 }, prefillParms: { gamma: 100, delta: 0.1 } });
    const answering = server.completion({ max_tokens: 1 });
    await server.busy(1);
    await server.clock.advance(109);
    expect(server.model.stats().completed).to.equal(0);
    await server.clock.advance(1);
    expect(server.model.stats().completed).to.equal(1);
    expect((await answering).status).to.equal(200);
  });
});

describe('model server, bad options', () => {
  for (const [name, change, message] of [
    ['a negative start-up delay', { startupDelayMs: -1 }, 'startupDelayMs must be a number ≥ 0, got -1'],
    [
      'a context longer than the KV cache',
      { maxModelLen: 1001 },
      'maxModelLen must be an integer in [2, kvCapacityTokens = 1000]',
    ],
    ['a batch of none', { maxBatch: 0 }, 'maxBatch must be an integer in [1, 2^31), got 0'],
    ['answers of no length', { naturalOutTokens: 0 }, 'naturalOutTokens must be a number ≥ 1, got 0'],
  ] as const)
    it(`refuses ${name}`, async () => {
      const refused = await RunningServer.start(change).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(RangeError);
      expect((refused as Error).message).to.include(message);
    });
});
