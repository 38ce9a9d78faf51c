import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { z } from 'zod';
import { realClock } from '#shared/clock/real-clock.js';
import { createPeerClient } from '#shared/http/peer-client.js';
import { ServiceError } from '#shared/http/service-error.js';

const schema = z.strictObject({ count: z.int() });

async function failureOf(action: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await action;
  } catch (error) {
    if (error instanceof ServiceError) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: 'none', message: 'succeeded' };
}

describe('createPeerClient', () => {
  const closers: (() => Promise<void>)[] = [];

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function client(baseUrl: string, timeoutMs = 20_000) {
    return createPeerClient({ peer: 'optimizer', baseUrl, timeoutMs, clock: realClock, apiToken: 'secret', retries: 1 });
  }

  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()));
  });

  it('answers what the contract allows, and sends the token', async () => {
    const baseUrl = await serve((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ count: request.headers.authorization === 'Bearer secret' ? 1 : 0 }));
    });
    expect(await client(baseUrl).get('/x', schema)).to.deep.equal({ count: 1 });
  });

  it('names the peer that is not there', async () => {
    const baseUrl = await serve(() => undefined);
    await closers.pop()?.();
    const { code, message } = await failureOf(client(baseUrl).get('/x', schema));
    expect(code).to.equal('UNAVAILABLE');
    expect(message).to.equal('optimizer: GET /x: not reachable (ECONNREFUSED)');
  });

  it('ends a call that hangs, and one whose answer never ends', async () => {
    const hangs = await serve(() => undefined);
    const drips = await serve((_request, response) => {
      response.write('{"count":');
      const timer = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(timer));
    });
    for (const baseUrl of [hangs, drips]) {
      const { code, message } = await failureOf(client(baseUrl, 100).post('/x', {}, schema));
      expect(code).to.equal('PEER_TIMEOUT');
      expect(message).to.equal('optimizer: POST /x: no answer within 100 ms');
    }
  });

  it('refuses nonsense: HTML, a broken contract', async () => {
    const html = await serve((_request, response) => response.setHeader('content-type', 'text/html').end('<html>'));
    const broken = await serve((_request, response) =>
      response.setHeader('content-type', 'application/json').end('{"count":"many"}'),
    );
    expect(await failureOf(client(html).get('/x', schema))).to.deep.equal({
      code: 'PEER_FAILED',
      message: 'optimizer: GET /x: answer breaks its contract: answer of optimizer to GET /x: "<html>": must be an object',
    });
    expect((await failureOf(client(broken).get('/x', schema))).message).to.match(/count: "many": must be a finite number$/);
  });

  it('tries a GET again after a 5xx, and sends a POST once', async () => {
    const seen: string[] = [];
    const baseUrl = await serve((request, response) => {
      seen.push(request.method ?? '');
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET' && seen.length > 1) response.end('{"count":2}');
      else response.writeHead(500).end('{"error":{"message":"no luck"}}');
    });
    expect(await client(baseUrl).get('/x', schema)).to.deep.equal({ count: 2 });
    expect(seen).to.deep.equal(['GET', 'GET']);
    expect((await failureOf(client(baseUrl).post('/x', {}, schema))).message).to.equal(
      'optimizer: POST /x: answered 500: no luck',
    );
    expect(seen).to.deep.equal(['GET', 'GET', 'POST']);
  });

  it('fails when the peer dies in the middle of its answer', async () => {
    const baseUrl = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"count":');
      setImmediate(() => response.destroy());
    });
    const { code, message } = await failureOf(client(baseUrl).post('/x', {}, schema));
    expect(code).to.equal('PEER_FAILED');
    expect(message).to.match(/^optimizer: POST \/x: the answer broke off \(/);
  });
});
