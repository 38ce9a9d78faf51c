import { expect } from 'chai';
import { silentLogger } from '#shared/observe/logger.js';
import { MODEL, RunningServer, START_MS, TTFT_MS, until } from './running-server.js';

describe('model server, OpenAI API', () => {
  let server: RunningServer;

  afterEach(() => server.model.close());

  describe('answers', () => {
    it('completes text after the time its tokens take, to the millisecond', async () => {
      server = await RunningServer.start();
      const answering = server.completion();
      await server.busy(1);
      // Prefill, then four tokens that read 101, 102, 103 and 104 tokens of KV.
      const decodeMs = 4 * 10.1 + 0.001 * (101 + 102 + 103 + 104);
      const wholeMs = Math.ceil(TTFT_MS + decodeMs);
      await server.clock.advance(wholeMs - 1);
      expect(server.model.stats()).to.include({ running: 1, completed: 0 });
      await server.clock.advance(1);
      expect(server.model.stats()).to.include({ running: 0, completed: 1, kvTokens: 0 });
      const response = await answering;
      const body = (await response.json()) as { id: string; choices: { text: string }[] };
      expect(body.id).to.match(/^cmpl-/);
      expect(body).to.deep.include({
        object: 'text_completion',
        created: START_MS / 1000,
        model: MODEL,
        usage: { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105 },
      });
      expect(body.choices).to.have.length(1);
      expect(body.choices[0]).to.include({ index: 0, finish_reason: 'length' });
      expect(Math.ceil(body.choices[0]!.text.length / 4), 'its text counts as its tokens').to.equal(5);
    });

    it('chats, counting the characters of all messages, text parts included', async () => {
      server = await RunningServer.start();
      const answering = server.post('/v1/chat/completions', {
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
      await server.busy(1);
      await server.clock.advance(1000);
      const body = (await (await answering).json()) as { choices: { message: object }[] };
      expect(body).to.deep.include({
        object: 'chat.completion',
        usage: { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 },
      });
      expect(body.choices[0]!.message).to.deep.equal({ role: 'assistant', content: 'the one and ' });
    });

    it('takes token ids, defaults to 16 tokens, and takes over a request id', async () => {
      server = await RunningServer.start({ naturalOutTokens: 500 });
      const answering = server.post(
        '/v1/completions',
        { model: MODEL, prompt: [5, 6, 7] },
        { headers: { 'x-request-id': 'abc' } },
      );
      await server.busy(1);
      await server.clock.advance(1000);
      const body: unknown = await (await answering).json();
      expect(body).to.deep.include({ id: 'cmpl-abc', usage: { prompt_tokens: 3, completion_tokens: 16, total_tokens: 19 } });
    });

    it('ends by itself before the limit when nothing makes it go on', async () => {
      server = await RunningServer.start({ naturalOutTokens: 20 });
      const answers = Promise.all([
        server.completion({ max_tokens: 500, ignore_eos: false }),
        server.completion({ max_tokens: 500, min_tokens: 300, ignore_eos: false }),
      ]);
      await server.busy(2);
      await server.clock.advance(10_000);
      const bodies = await Promise.all((await answers).map((answer) => answer.json() as Promise<AnswerBody>));
      expect(bodies.map(({ choices }) => choices[0]!.finish_reason)).to.deep.equal(['stop', 'stop']);
      const lengths = bodies.map(({ usage }) => usage.completion_tokens).sort((a, b) => a - b);
      expect(lengths[0]).to.be.within(2, 100);
      expect(lengths[1]).to.equal(300);
    });

    it('finds a prompt in its prefix cache until that is reset', async () => {
      server = await RunningServer.start({ prefixHitRate: 0.5 });
      const hitsAfterOne = async (): Promise<number> => {
        const answering = server.completion();
        await server.busy(1);
        await server.clock.advance(1000);
        await answering;
        return server.metric('vllm:prefix_cache_hits_total');
      };
      expect([await hitsAfterOne(), await hitsAfterOne()]).to.deep.equal([0, 50]);
      expect((await server.post('/reset_prefix_cache', '')).status).to.equal(200);
      expect([await hitsAfterOne(), await hitsAfterOne()]).to.deep.equal([50, 100]);
    });

    it('writes a line per request to its log, and none for probes and scrapes', async () => {
      const lines: string[] = [];
      server = await RunningServer.start({ logger: { ...silentLogger, info: (line) => lines.push(line) } });
      for (const path of ['/health', '/metrics', '/v1/models']) await (await server.get(path)).text();
      await (await server.post('/v1/completions', '{')).text();
      await until(() => lines.length >= 2);
      expect(lines).to.deep.equal(['GET /v1/models 200', 'POST /v1/completions 400']);
    });

    it('lists its model', async () => {
      server = await RunningServer.start();
      const body = (await (await server.get('/v1/models')).json()) as { data: unknown[] };
      expect(body.data).to.have.length(1);
      expect(body.data[0]).to.deep.include({ id: MODEL, object: 'model', owned_by: 'vllm', max_model_len: 1000 });
    });
  });

  describe('streams', () => {
    it('sends each token when it is given, then the usage and the end', async () => {
      server = await RunningServer.start();
      const response = await server.post('/v1/chat/completions', {
        model: MODEL,
        messages: [{ role: 'user', content: 'x'.repeat(400) }],
        max_tokens: 3,
        ignore_eos: true,
        stream: true,
        stream_options: { include_usage: true },
      });
      expect(response.headers.get('content-type')).to.equal('text/event-stream; charset=utf-8');
      const events = eventsOf(response);
      await server.clock.advance(Math.ceil(TTFT_MS));
      expect(await take(events, 2)).to.deep.equal([
        { delta: { role: 'assistant', content: '' }, finish_reason: null },
        { delta: { content: 'the ' }, finish_reason: null },
      ]);
      await server.clock.advance(11);
      expect(await take(events, 1)).to.deep.equal([{ delta: { content: 'one ' }, finish_reason: null }]);
      await server.clock.advance(11);
      expect(await take(events, 3)).to.deep.equal([
        { delta: { content: 'and ' }, finish_reason: 'length' },
        { prompt_tokens: 100, completion_tokens: 3, total_tokens: 103 },
        '[DONE]',
      ]);
      expect((await events.next()).done).to.equal(true);
    });

    it('ends on its own when the client asks for no usage', async () => {
      server = await RunningServer.start();
      const response = await server.completion({ stream: true, max_tokens: 50 });
      await server.busy(1);
      await server.clock.advance(1000);
      const events: unknown[] = [];
      for await (const event of eventsOf(response)) events.push(event);
      expect(events).to.have.length(51);
      expect(events.at(-2)).to.deep.equal({ text: 'one ', finish_reason: 'length' });
      expect(events.at(-1)).to.equal('[DONE]');
    });
  });

  describe('a client that goes away', () => {
    for (const stream of [false, true])
      it(`frees what its ${stream ? 'stream' : 'request'} held`, async () => {
        server = await RunningServer.start();
        const abort = new AbortController();
        const answering = server.completion({ stream, max_tokens: 500 }, { signal: abort.signal }).catch(() => 'gone');
        await server.busy(1);
        await server.clock.advance(50);
        expect(server.model.stats().kvTokens).to.be.above(100);
        if (stream) await answering;
        abort.abort();
        await until(() => server.model.stats().aborted === 1);
        // The iteration under way ends first.
        await server.clock.advance(11);
        expect(server.model.stats()).to.include({ running: 0, waiting: 0, kvTokens: 0, completed: 0 });
        const page = await (await server.get('/metrics')).text();
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
        server = await RunningServer.start();
        const response = await server.post(path, body);
        expect(response.status).to.equal(status);
        const { error } = (await response.json()) as { error: { message: string; type: string; code: number } };
        expect(error).to.include({ type, code: status });
        expect(error.message).to.match(message);
        expect(server.model.stats()).to.include({ running: 0, waiting: 0 });
      });

    it('answers 413 to too large a body', async () => {
      server = await RunningServer.start();
      const response = await server.post('/v1/completions', 'x'.repeat(17 * 1024 * 1024));
      expect(response.status).to.equal(413);
      expect(response.headers.get('connection')).to.equal('close');
      expect((await server.get('/health')).status).to.equal(200);
    });
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
