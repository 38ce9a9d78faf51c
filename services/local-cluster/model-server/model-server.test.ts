import { createServer } from 'node:net';
import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { IterationParms, LinearParms } from '../engine/costs.js';
import { type ModelServer, startModelServer } from './model-server.js';
import type { ModelServerOptions } from './options.js';

const MODEL = 'granite_13b';
const PARMS = { alpha: 10, beta: 0.1, gamma: 0.001 };
/** TTFT of a lone request of 100 tokens, and the lone decode of a token with n tokens of KV, ms. */
const TTFT_MS = 10 + 0.1 * 100 + 0.001 * 100;

type Family = { perfParms: IterationParms } | LinearParms;
type Options = Partial<Omit<ModelServerOptions, keyof LinearParms | 'perfParms'>>;

describe('model server', () => {
  let clock: ManualClock;
  let server: ModelServer;

  async function start(options: Options = {}, family: Family = { perfParms: PARMS }): Promise<ModelServer> {
    clock = new ManualClock(1_700_000_000_000);
    server = await startModelServer({
      address: '127.0.0.1',
      port: 0,
      modelName: MODEL,
      maxBatch: 4,
      kvCapacityTokens: 1000,
      startupDelayMs: 0,
      clock,
      ...options,
      ...family,
    });
    return server;
  }

  afterEach(() => server.close());

  const get = (path: string): Promise<Response> => fetch(server.url + path);
  const post = (path: string, body: unknown, signal?: AbortSignal): Promise<Response> =>
    fetch(server.url + path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  const completion = (extra: object = {}, signal?: AbortSignal): Promise<Response> =>
    post('/v1/completions', { model: MODEL, prompt: 'x'.repeat(400), max_tokens: 5, ignore_eos: true, ...extra }, signal);

  /** Waits, in the machine's time and not the clock's, until what went over the wire has arrived. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  }
  const busy = (requests: number): Promise<void> =>
    until(() => {
      const { running, waiting } = server.stats();
      return running + waiting === requests;
    });
  async function metric(name: string): Promise<number> {
    const page = await (await get('/metrics')).text();
    const line = page.split('\n').find((text) => text.startsWith(`${name}{`));
    return Number(line?.slice(line.lastIndexOf(' ') + 1) ?? Number.NaN);
  }

  describe('start-up', () => {
    it('is not ready until the delay is over, and says so everywhere', async () => {
      await start({ startupDelayMs: 20_000 });
      await clock.advance(19_999);
      expect(server.isReady()).to.equal(false);
      for (const path of ['/health', '/metrics', '/v1/models']) expect((await get(path)).status, path).to.equal(503);
      const refused = await completion();
      expect(refused.status).to.equal(503);
      expect(await refused.json()).to.deep.equal({
        error: { message: 'the server is starting', type: 'ServiceUnavailableError', param: null, code: 503 },
      });
      await clock.advance(1);
      expect(server.isReady()).to.equal(true);
      for (const path of ['/health', '/metrics', '/v1/models']) expect((await get(path)).status, path).to.equal(200);
    });

    it('names the address when the port is taken', async () => {
      await start();
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
        clock,
      }).catch((error: unknown) => (error as Error).message);
      await new Promise((resolve) => other.close(resolve));
      expect(message).to.equal(`model server cannot listen on 127.0.0.1:${port}: the port is already in use`);
    });

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
        await start();
        await server.close();
        const refused = await start(change).catch((error: unknown) => error as Error);
        expect(refused).to.be.instanceOf(RangeError);
        expect((refused as Error).message).to.include(message);
      });
  });

  describe('answers', () => {
    it('completes text after the time its tokens take, to the millisecond', async () => {
      await start();
      const answering = completion();
      await busy(1);
      // Prefill, then four tokens that read 101, 102, 103 and 104 tokens of KV.
      const decodeMs = 4 * 10.1 + 0.001 * (101 + 102 + 103 + 104);
      const wholeMs = Math.ceil(TTFT_MS + decodeMs);
      await clock.advance(wholeMs - 1);
      expect(server.stats()).to.include({ running: 1, completed: 0 });
      await clock.advance(1);
      expect(server.stats()).to.include({ running: 0, completed: 1, kvTokens: 0 });
      const response = await answering;
      const body = (await response.json()) as { id: string; choices: { text: string }[] };
      expect(body.id).to.match(/^cmpl-/);
      expect(body).to.deep.include({
        object: 'text_completion',
        created: 1_700_000_000,
        model: MODEL,
        usage: { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105 },
      });
      expect(body.choices).to.have.length(1);
      expect(body.choices[0]).to.include({ index: 0, finish_reason: 'length' });
      expect(Math.ceil(body.choices[0]!.text.length / 4), 'its text counts as its tokens').to.equal(5);
    });

    it('chats, counting the characters of all messages, text parts included', async () => {
      await start();
      const answering = post('/v1/chat/completions', {
        model: MODEL,
        messages: [
          { role: 'system', content: 'x'.repeat(5) },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'x'.repeat(8) },
              { type: 'image_url', image_url: { url: 'x' } },
            ],
          },
          { role: 'assistant', content: null },
        ],
        max_completion_tokens: 3,
        ignore_eos: true,
      });
      await busy(1);
      await clock.advance(1000);
      const body = (await (await answering).json()) as { choices: { message: object }[] };
      expect(body).to.deep.include({
        object: 'chat.completion',
        usage: { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 },
      });
      expect(body.choices[0]!.message).to.deep.equal({ role: 'assistant', content: 'the one and ' });
    });

    it('takes token ids, defaults to 16 tokens, and takes over a request id', async () => {
      await start({ naturalOutTokens: 500 });
      const answering = fetch(`${server.url}/v1/completions`, {
        method: 'POST',
        headers: { 'x-request-id': 'abc' },
        body: JSON.stringify({ model: MODEL, prompt: [5, 6, 7] }),
      });
      await busy(1);
      await clock.advance(1000);
      const body: unknown = await (await answering).json();
      expect(body).to.deep.include({ id: 'cmpl-abc', usage: { prompt_tokens: 3, completion_tokens: 16, total_tokens: 19 } });
    });

    it('ends by itself before the limit when nothing makes it go on', async () => {
      await start({ naturalOutTokens: 20 });
      const answers = Promise.all([
        completion({ max_tokens: 500, ignore_eos: false }),
        completion({ max_tokens: 500, min_tokens: 300, ignore_eos: false }),
      ]);
      await busy(2);
      await clock.advance(10_000);
      const bodies = await Promise.all((await answers).map((answer) => answer.json() as Promise<AnswerBody>));
      expect(bodies.map(({ choices }) => choices[0]!.finish_reason)).to.deep.equal(['stop', 'stop']);
      const lengths = bodies.map(({ usage }) => usage.completion_tokens).sort((a, b) => a - b);
      expect(lengths[0]).to.be.within(2, 100);
      expect(lengths[1]).to.equal(300);
    });

    it('lists its model', async () => {
      await start();
      const body = (await (await get('/v1/models')).json()) as { data: unknown[] };
      expect(body.data).to.have.length(1);
      expect(body.data[0]).to.deep.include({ id: MODEL, object: 'model', owned_by: 'vllm', max_model_len: 1000 });
    });
  });

  describe('streams', () => {
    it('sends each token when it is given, then the usage and the end', async () => {
      await start();
      const response = await post('/v1/chat/completions', {
        model: MODEL,
        messages: [{ role: 'user', content: 'x'.repeat(400) }],
        max_tokens: 3,
        ignore_eos: true,
        stream: true,
        stream_options: { include_usage: true },
      });
      expect(response.headers.get('content-type')).to.equal('text/event-stream; charset=utf-8');
      const events = eventsOf(response);
      await clock.advance(Math.ceil(TTFT_MS));
      expect(await take(events, 2)).to.deep.equal([
        { delta: { role: 'assistant', content: '' }, finish_reason: null },
        { delta: { content: 'the ' }, finish_reason: null },
      ]);
      await clock.advance(11);
      expect(await take(events, 1)).to.deep.equal([{ delta: { content: 'one ' }, finish_reason: null }]);
      await clock.advance(11);
      expect(await take(events, 3)).to.deep.equal([
        { delta: { content: 'and ' }, finish_reason: 'length' },
        { prompt_tokens: 100, completion_tokens: 3, total_tokens: 103 },
        '[DONE]',
      ]);
      expect((await events.next()).done).to.equal(true);
    });

    it('sends what several iterations gave at once when it is called late', async () => {
      await start();
      const response = await completion({ stream: true, max_tokens: 50 });
      const events = eventsOf(response);
      await busy(1);
      await clock.advance(100_000);
      let text = '';
      let last: unknown;
      for await (const event of events) {
        if (event !== '[DONE]') text += (event as { text: string }).text;
        last = event;
      }
      expect(text).to.have.length(200);
      expect(last).to.equal('[DONE]');
    });
  });

  describe('a client that goes away', () => {
    for (const stream of [false, true])
      it(`frees what its ${stream ? 'stream' : 'request'} held`, async () => {
        await start();
        const abort = new AbortController();
        const answering = completion({ stream, max_tokens: 500 }, abort.signal).catch(() => 'gone');
        await busy(1);
        await clock.advance(50);
        expect(server.stats().kvTokens).to.be.above(100);
        if (stream) await answering;
        abort.abort();
        await until(() => server.stats().aborted === 1);
        // The iteration under way ends first.
        await clock.advance(11);
        expect(server.stats()).to.include({ running: 0, waiting: 0, kvTokens: 0, completed: 0 });
        const page = await (await get('/metrics')).text();
        expect(page).to.include('finished_reason="abort"} 1\n');
      });
  });

  describe('bad requests', () => {
    const chat = { model: MODEL, messages: [{ role: 'user', content: 'hi' }] };
    for (const [name, path, body, status, type, message] of [
      ['broken JSON', '/v1/completions', '{"model":', 400, 'BadRequestError', /^the body is not valid JSON/],
      ['an empty body', '/v1/completions', '', 400, 'BadRequestError', /^the body is not valid JSON/],
      ['a body that is no object', '/v1/completions', [1], 400, 'BadRequestError', /^body: /],
      ['no prompt', '/v1/completions', { model: MODEL }, 400, 'BadRequestError', /^prompt: /],
      ['no token ids', '/v1/completions', { model: MODEL, prompt: [] }, 400, 'BadRequestError', /^prompt: /],
      ['no messages', '/v1/chat/completions', { ...chat, messages: [] }, 400, 'BadRequestError', /^messages: /],
      [
        'content of a wrong type',
        '/v1/chat/completions',
        { ...chat, messages: [{ role: 'user', content: 7 }] },
        400,
        'BadRequestError',
        /^messages\.0\.content: /,
      ],
      ['max_tokens 0', '/v1/chat/completions', { ...chat, max_tokens: 0 }, 400, 'BadRequestError', /^max_tokens: /],
      ['max_tokens as text', '/v1/chat/completions', { ...chat, max_tokens: '5' }, 400, 'BadRequestError', /^max_tokens: /],
      ['two answers', '/v1/chat/completions', { ...chat, n: 2 }, 400, 'BadRequestError', /^n: this server gives one answer/],
      [
        'another model',
        '/v1/chat/completions',
        { ...chat, model: 'other' },
        404,
        'NotFoundError',
        /^The model `other` does not exist/,
      ],
      [
        'a prompt over the context',
        '/v1/completions',
        { model: MODEL, prompt: 'x'.repeat(4004) },
        400,
        'BadRequestError',
        /maximum context length is 1000 tokens/,
      ],
      [
        'an answer over the context',
        '/v1/completions',
        { model: MODEL, prompt: 'x', max_tokens: 1000 },
        400,
        'BadRequestError',
        /max_tokens asks for 1000/,
      ],
      [
        'min_tokens over max_tokens',
        '/v1/completions',
        { model: MODEL, prompt: 'x', min_tokens: 17 },
        400,
        'BadRequestError',
        /^min_tokens must be at most max_tokens = 16/,
      ],
      ['an unknown path', '/v1/embeddings', {}, 404, 'NotFoundError', /^no such endpoint: \/v1\/embeddings$/],
      ['a wrong method', '/health', {}, 405, 'MethodNotAllowedError', /^\/health takes GET, not POST$/],
    ] as const)
      it(`answers ${status} to ${name}`, async () => {
        await start();
        const response = await post(path, body);
        expect(response.status).to.equal(status);
        const { error } = (await response.json()) as { error: { message: string; type: string; code: number } };
        expect(error).to.include({ type, code: status });
        expect(error.message).to.match(message);
        expect(server.stats()).to.include({ running: 0, waiting: 0 });
      });

    it('answers 413 to too large a body', async () => {
      await start();
      const response = await post('/v1/completions', 'x'.repeat(17 * 1024 * 1024));
      expect(response.status).to.equal(413);
      expect(response.headers.get('connection')).to.equal('close');
      expect((await get('/health')).status).to.equal(200);
    });
  });

  describe('generated load', () => {
    const LOAD = { arrivalRatePerMin: 120, avgInTokens: 64, avgOutTokens: 16 };

    it('is measured as it happened, whenever somebody looks', async () => {
      await start({ seed: 5, maxBatch: 16 });
      server.setOfferedLoad(LOAD);
      await clock.advance(60 * 60_000);
      const rare = server.stats();
      await server.close();
      await start({ seed: 5, maxBatch: 16 });
      server.setOfferedLoad(LOAD);
      for (let minute = 0; minute < 60; minute++) {
        await clock.advance(60_000);
        server.stats();
      }
      expect(server.stats()).to.deep.equal(rare);
      expect(rare.completed).to.be.within(6900, 7500);
      expect((await metric('vllm:prompt_tokens_total')) / rare.completed).to.be.closeTo(64, 1);
      expect((await metric('vllm:generation_tokens_total')) / rare.completed).to.be.closeTo(16, 0.5);
      const itlMs =
        (1000 * (await metric('vllm:inter_token_latency_seconds_sum'))) /
        (await metric('vllm:inter_token_latency_seconds_count'));
      expect(itlMs).to.be.within(10, 13);
      const ttftMs =
        (1000 * (await metric('vllm:time_to_first_token_seconds_sum'))) /
        (await metric('vllm:time_to_first_token_seconds_count'));
      expect(ttftMs).to.be.within(10 + 6.4, 10 + 6.4 + 15);
    });

    it('starts when the server is ready, changes, and ends', async () => {
      await start({ startupDelayMs: 20_000 });
      server.setOfferedLoad(LOAD);
      await clock.advance(20_000);
      expect(server.stats()).to.include({ iterations: 0 });
      await clock.advance(600_000);
      const first = server.stats().completed;
      expect(first).to.be.within(1050, 1350);
      server.setOfferedLoad({ ...LOAD, arrivalRatePerMin: 12 });
      await clock.advance(600_000);
      expect(server.stats().completed - first).to.be.within(80, 170);
      server.setOfferedLoad(undefined);
      await clock.advance(10_000);
      const last = server.stats();
      await clock.advance(600_000);
      expect(server.stats()).to.deep.equal(last);
      expect(last).to.include({ running: 0, waiting: 0, kvTokens: 0 });
    });

    it('refuses figures that are none and goes on with the load it had', async () => {
      await start();
      server.setOfferedLoad(LOAD);
      expect(() => {
        server.setOfferedLoad({ ...LOAD, arrivalRatePerMin: Number.NaN });
      }).to.throw(RangeError, 'arrivalRatePerMin');
      await clock.advance(600_000);
      expect(server.stats().completed).to.be.above(1000);
    });
  });

  describe('the end', () => {
    it('drains: not ready, no new requests, those that run or wait are answered', async () => {
      await start({ maxBatch: 1 });
      const answers = [completion(), completion()];
      await busy(2);
      server.setOfferedLoad({ arrivalRatePerMin: 600, avgInTokens: 10, avgOutTokens: 10 });
      let drained = false;
      const draining = server.drain().then(() => (drained = true));
      expect(server.isReady()).to.equal(false);
      expect((await get('/health')).status).to.equal(503);
      expect((await completion()).status).to.equal(503);
      expect(await metric('vllm:num_requests_running')).to.equal(1);
      await clock.advance(100);
      expect(drained).to.equal(false);
      await clock.advance(100);
      await draining;
      for (const answer of answers) expect((await answer).status).to.equal(200);
      expect(server.stats()).to.include({ phase: 'draining', completed: 2, running: 0, waiting: 0 });
    });

    it('drains at once when idle', async () => {
      await start();
      await server.drain();
      expect(server.stats().phase).to.equal('draining');
    });

    it('closes with the grace period over: open requests lose their connection, drain resolves', async () => {
      await start();
      const answering = completion({ max_tokens: 500 }).then(
        () => 'answered',
        () => 'cut',
      );
      await busy(1);
      const draining = server.drain();
      await server.close();
      await draining;
      expect(await answering).to.equal('cut');
      const refused = await get('/health').catch(() => 'refused');
      expect(refused).to.equal('refused');
    });
  });

  it('serves the linear family: TTFT is γ + δ·k', async () => {
    await start({}, { decodeParms: { alpha: 20, beta: 1 }, prefillParms: { gamma: 100, delta: 0.1 } });
    const answering = completion({ max_tokens: 1 });
    await busy(1);
    await clock.advance(109);
    expect(server.stats().completed).to.equal(0);
    await clock.advance(1);
    expect(server.stats().completed).to.equal(1);
    expect((await answering).status).to.equal(200);
  });
});

interface AnswerBody {
  choices: { finish_reason: string }[];
  usage: { completion_tokens: number };
}

/** The events of a stream: choices, usage, or the end mark. */
async function* eventsOf(response: Response): AsyncGenerator<unknown, void> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(bytes, { stream: true });
    const events = rest.split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const data = event.replace(/^data: /, '');
      if (data === '[DONE]') {
        yield data;
        continue;
      }
      const { choices, usage } = JSON.parse(data) as { choices: Record<string, unknown>[]; usage?: unknown };
      const [choice] = choices;
      yield choice === undefined ? usage : withoutConstants(choice);
    }
  }
}

function withoutConstants(choice: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(choice).filter(([key]) => key !== 'index' && key !== 'logprobs'));
}

async function take(events: AsyncGenerator<unknown, void>, count: number): Promise<unknown[]> {
  const taken = [];
  while (taken.length < count) taken.push((await events.next()).value);
  return taken;
}
