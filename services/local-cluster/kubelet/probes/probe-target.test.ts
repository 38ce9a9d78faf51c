import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { PodAddress } from '../addresses/address-book.js';
import { probeOnce } from './probe-target.js';

/** Whatever else the machine has to do. */
const IN_TIME_MS = 10_000;

describe('probeOnce', () => {
  let server: Server;
  let port: number;
  let seen: { url: string | undefined; marked: string | string[] | undefined }[];
  const address: PodAddress = { ip: '127.0.0.1', portOf: (containerPort) => containerPort, annotatedPort: undefined };

  beforeEach(async () => {
    seen = [];
    server = createServer((request, response) => {
      seen.push({ url: request.url, marked: request.headers['x-mark'] });
      if (request.url === '/hang') return;
      response.statusCode = Number(request.url?.slice(1));
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });

  const container = () => ({ name: 'vllm', ports: [{ name: 'http', containerPort: port }] });
  const get = (path: string, other: object = {}, timeoutMs = IN_TIME_MS) =>
    probeOnce({ httpGet: { path, port: 'http', ...other } }, container(), address, timeoutMs);

  for (const [status, succeeded] of [
    [200, true],
    [204, true],
    [302, true],
    [399, true],
    [404, false],
    [503, false],
  ] as const) {
    it(`HTTP ${status} ${succeeded ? 'passes' : 'fails'}`, async () => {
      const result = await get(`/${status}`);
      expect(result.succeeded).to.equal(succeeded);
      if (!succeeded) expect(result.message).to.equal(`HTTP probe failed with statuscode: ${status}`);
    });
  }

  it('sends the headers that the probe names', async () => {
    await get('/200', { httpHeaders: [{ name: 'x-mark', value: 'seen' }] });
    expect(seen).to.deep.equal([{ url: '/200', marked: 'seen' }]);
  });

  it('fails when there is no answer in time', async () => {
    const result = await get('/hang', {}, 500);
    expect(result).to.deep.equal({ succeeded: false, message: `Get "http://127.0.0.1:${port}/hang": no answer within 500 ms` });
  });

  it('fails when nobody listens', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const result = await get('/200');
    expect(result.succeeded).to.equal(false);
    expect(result.message).to.contain('ECONNREFUSED');
    server.listen(0, '127.0.0.1');
  });

  it('fails on a port that the container does not name', async () => {
    const result = await probeOnce({ httpGet: { port: 'metrics' } }, container(), address, IN_TIME_MS);
    expect(result).to.deep.equal({ succeeded: false, message: 'container vllm has no port named "metrics"' });
  });

  it('fails, and does not throw, on a path that cannot be sent', async () => {
    expect((await get('/ä b')).succeeded).to.equal(false);
  });

  it('connects for a TCP probe', async () => {
    const tcp = (to: number) => probeOnce({ tcpSocket: { port: to } }, container(), address, IN_TIME_MS);
    expect((await tcp(port)).succeeded).to.equal(true);
    expect((await tcp(1)).succeeded).to.equal(false);
  });

  it('uses the port of this machine behind the container port', async () => {
    const mapped: PodAddress = { ip: '127.0.0.1', portOf: () => port, annotatedPort: port };
    const result = await probeOnce({ httpGet: { path: '/200', port: 8000 } }, { name: 'c' }, mapped, IN_TIME_MS);
    expect(result.succeeded).to.equal(true);
  });

  it('passes for exec: there is no process to run it in', async () => {
    expect((await probeOnce({ exec: { command: ['false'] } }, container(), address, IN_TIME_MS)).succeeded).to.equal(true);
  });
});
