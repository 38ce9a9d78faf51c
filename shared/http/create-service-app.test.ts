import axios from 'axios';
import { expect } from 'chai';
import { Router } from 'express';
import { z } from 'zod';
import { parseContract } from '#shared/contracts/parse-contract.js';
import { createServiceApp } from '#shared/http/create-service-app.js';
import { listen, type Listening } from '#shared/http/listen.js';
import { isLoopback, requireToken } from '#shared/http/require-token.js';
import { ServiceError } from '#shared/http/service-error.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';

describe('createServiceApp', () => {
  let listening: Listening;
  const http = axios.create({ validateStatus: () => true, proxy: false });

  before(async () => {
    const routes = Router();
    routes.post('/echo/:id', requireToken('secret'), (request, response) => {
      response.json(parseContract(z.strictObject({ n: z.number().max(3) }), request.body, 'body').value);
    });
    routes.get('/gone', () => {
      throw new ServiceError('NOT_FOUND', 'no such server');
    });
    routes.get('/bug', () => {
      throw new TypeError('secret internals');
    });
    const inner = Router();
    inner.route('/echo/:id').put((_request, response) => void response.json('put'));
    inner.get('/echo/special', (_request, response) => void response.json('special'));
    inner.get('/left', (_request, _response, next) => {
      next();
    });
    routes.use(inner);
    const app = createServiceApp({
      service: 'test',
      logger: silentLogger,
      registry: createMetrics('test'),
      routes,
      bodyLimit: '1kb',
    });
    listening = await listen(app, { host: '127.0.0.1', port: 0, portVariable: 'TEST_PORT' });
    http.defaults.baseURL = listening.url;
  });

  after(() => listening.close(0));

  const authorized = { headers: { authorization: 'Bearer secret' } };

  it('answers health, and metrics by route pattern', async () => {
    await http.post('/echo/17', { n: 1 }, authorized);
    expect((await http.get('/health')).data).to.deep.equal({ status: 'ok', service: 'test' });
    const { data } = await http.get<string>('/metrics');
    expect(data).to.contain('route="/echo/:id"').and.not.to.contain('/echo/17');
  });

  it('takes over a request id, and makes one where none is given', async () => {
    const given = await http.get('/gone', { headers: { 'x-request-id': 'abc-1' } });
    expect(given.headers['x-request-id']).to.equal('abc-1');
    expect(given.data).to.deep.equal({ error: { code: 'NOT_FOUND', message: 'no such server', requestId: 'abc-1' } });
    expect((await http.get('/gone')).headers['x-request-id']).to.match(/^[\da-f-]{36}$/);
  });

  it('answers a broken contract with its issues', async () => {
    const { status, data } = await http.post<{ error: { details: unknown } }>('/echo/1', { n: 4 }, authorized);
    expect(status).to.equal(400);
    expect(data.error.details).to.deep.equal([{ source: 'body', path: 'n', value: '4', message: 'must be <= 3' }]);
  });

  it('refuses broken JSON, too large a body, a missing token, an unknown path', async () => {
    const headers = { ...authorized.headers, 'content-type': 'application/json' };
    expect((await http.post('/echo/1', '{"n":', { headers })).status).to.equal(400);
    const tooLarge = await http.post('/echo/1', { n: 'x'.repeat(2000) }, authorized);
    expect(tooLarge.status).to.equal(413);
    expect(JSON.stringify(tooLarge.data)).to.contain('at most 1024 bytes');
    expect((await http.post('/echo/1', { n: 1 })).status).to.equal(401);
    const form = { headers: { ...authorized.headers, 'content-type': 'application/x-www-form-urlencoded' } };
    expect(JSON.stringify((await http.post('/echo/1', 'n=1', form)).data)).to.contain('must be application/json');
    expect((await http.get('/nowhere')).status).to.equal(404);
  });

  const wrongMethods = [
    ['POST', '/health', 'GET, HEAD'],
    ['DELETE', '/metrics', 'GET, HEAD'],
    ['PATCH', '/gone', 'GET, HEAD'],
    ['DELETE', '/echo/17', 'POST, PUT'],
    ['GET', '/echo/17', 'POST, PUT'],
    ['DELETE', '/echo/special', 'GET, HEAD, POST, PUT'],
  ] as const;
  for (const [method, url, allow] of wrongMethods) {
    it(`answers ${method} ${url} with 405 and what may be asked there: ${allow}`, async () => {
      const headers = { 'x-request-id': 'abc-2' };
      const answer = await http.request<unknown>({ method, url, headers });
      expect(answer.status).to.equal(405);
      expect(answer.headers['allow']).to.equal(allow);
      const message = `${url} takes ${allow}, not ${method}`;
      expect(answer.data).to.deep.equal({ error: { code: 'METHOD_NOT_ALLOWED', message, requestId: 'abc-2' } });
    });
  }

  it('tells OPTIONS what a path takes, and nothing of a path that is none', async () => {
    const options = await http.options('/health');
    expect([options.status, options.headers['allow']]).to.deep.equal([200, 'GET, HEAD']);
    expect((await http.options('/nowhere')).status).to.equal(404);
  });

  it('counts a refused method under the pattern of its route', async () => {
    await http.delete('/echo/18');
    const { data } = await http.get<string>('/metrics');
    expect(data).to.match(/method="DELETE",route="\/echo\/:id",status="405"/);
  });

  it('answers HEAD where GET is answered, and 404 what its own route passes on', async () => {
    expect((await http.head('/health')).status).to.equal(200);
    expect((await http.get('/left')).status).to.equal(404);
  });

  it('keeps the internals of an unexpected error to the log', async () => {
    const { status, data } = await http.get<unknown>('/bug');
    expect(status).to.equal(500);
    expect(JSON.stringify(data)).not.to.contain('secret internals');
  });

  it('names port and variable when the port is taken', async () => {
    const taken = await listen(() => undefined, { host: '127.0.0.1', port: listening.port, portVariable: 'TEST_PORT' }).catch(
      (error: unknown) => (error as Error).message,
    );
    expect(taken).to.equal(`port ${listening.port} on 127.0.0.1 is already in use; choose another with TEST_PORT`);
  });
});

describe('isLoopback', () => {
  it('knows this machine in either notation, and nobody else', () => {
    for (const address of ['127.0.0.1', '127.3.4.5', '::1', '::ffff:127.0.0.1'])
      expect(isLoopback(address), address).to.equal(true);
    for (const address of ['10.0.0.7', '::ffff:10.0.0.7', '', '1127.0.0.1']) expect(isLoopback(address), address).to.equal(false);
  });
});
