import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { Pod } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createLogApp } from './log-server.js';
import { createLogStore, type LogStore } from './log-store.js';

describe('createLogApp', () => {
  let server: Server;
  let logs: LogStore;
  let state: Record<string, unknown>;

  beforeEach(async () => {
    const clock = new ManualClock(1_000_000);
    logs = createLogStore(clock);
    state = { waiting: { reason: 'CreateContainerConfigError' } };
    const findPod = (_namespace: string, name: string): Pod | undefined =>
      name === 'p'
        ? {
            metadata: { uid: 'u', name },
            spec: { containers: [{ name: 'vllm' }] },
            status: { containerStatuses: [{ name: 'vllm', image: '', imageID: '', ready: false, restartCount: 0, state }] },
          }
        : undefined;
    server = createServer(createLogApp({ logs, findPod, clock, logger: silentLogger }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });

  function request(path: string): Promise<IncomingMessage> {
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, agent: false }, resolve).on('error', reject);
    });
  }

  async function answer(path: string): Promise<{ status: number | undefined; body: string }> {
    const response = await request(path);
    return { status: response.statusCode, body: await text(response) };
  }

  /** What has come of an answer so far, and all of it. */
  function collect(response: IncomingMessage) {
    let body = '';
    response.on('data', (chunk: Buffer) => (body += chunk.toString()));
    return {
      whole: new Promise<string>((resolve) => response.once('end', () => resolve(body))),
      until: (awaited: string) =>
        new Promise<void>((resolve) => {
          const look = (): void => {
            if (body.includes(awaited)) resolve();
          };
          response.on('data', look);
          look();
        }),
    };
  }

  it('follows a log until its container ends', async () => {
    const log = logs.open('u', 'vllm');
    log.write('first');
    const response = await request('/containerLogs/infer/p/vllm?follow=true');
    const { whole, until } = collect(response);
    await until('first');
    log.write('second');
    log.end();
    expect(await whole).to.equal('first\nsecond\n');
  });

  it('ends a follow when the pod is dropped', async () => {
    logs.open('u', 'vllm').write('first');
    const response = await request('/containerLogs/infer/p/vllm?follow=true&tailLines=0');
    logs.drop('u');
    expect(await text(response)).to.equal('');
  });

  it('cuts at the limit, also while it follows', async () => {
    const log = logs.open('u', 'vllm');
    log.write('12345');
    const response = await request('/containerLogs/infer/p/vllm?follow=true&limitBytes=8');
    const { whole, until } = collect(response);
    await until('12345');
    log.write('67890');
    expect(await whole).to.equal('12345\n67');
  });

  it('gives the previous life', async () => {
    logs.open('u', 'vllm').write('old');
    logs.open('u', 'vllm').write('new');
    expect(await answer('/containerLogs/infer/p/vllm?previous=true')).to.deep.equal({ status: 200, body: 'old\n' });
    expect(await answer('/containerLogs/infer/p/vllm')).to.deep.equal({ status: 200, body: 'new\n' });
  });

  it('is healthy', async () => {
    expect(await answer('/healthz')).to.deep.equal({ status: 200, body: 'ok' });
  });

  const refusals: [string, string, number, string][] = [
    ['an unknown pod', '/containerLogs/infer/q/vllm', 404, 'pod "q" not found in namespace "infer"'],
    ['an unknown container', '/containerLogs/infer/p/x', 404, 'container "x" not found in pod "p"'],
    [
      'a container that has not started',
      '/containerLogs/infer/p/vllm',
      400,
      'container "vllm" in pod "p" is waiting to start: CreateContainerConfigError',
    ],
    ['a bad parameter', '/containerLogs/infer/p/vllm?tailLines=x', 400, 'tailLines: "x": must be an integer of at least 0'],
    [
      'a previous life that was none',
      '/containerLogs/infer/p/vllm?previous=1',
      400,
      'previous terminated container "vllm" in pod "p" not found',
    ],
  ];
  for (const [name, path, status, body] of refusals) {
    it(`refuses ${name} in the kubelet's words`, async () => {
      expect(await answer(path)).to.deep.equal({ status, body });
    });
  }

  it('says so when the output went with an earlier kubelet', async () => {
    state = { terminated: { exitCode: 0 } };
    expect((await answer('/containerLogs/infer/p/vllm')).body).to.contain('went with the kubelet that ran it');
  });
});
