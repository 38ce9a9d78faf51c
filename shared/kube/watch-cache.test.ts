import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { realClock } from '#shared/clock/real-clock.js';
import { createKubeClient } from '#shared/kube/kube-client.js';
import { createWatchCache, type WatchCache } from '#shared/kube/watch-cache.js';
import type { Pod } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import { until } from '#shared/testing/until.js';

const PATH = '/api/v1/pods';

function pod(name: string, resourceVersion: string): Pod {
  return { metadata: { name, namespace: 'infer', resourceVersion } };
}

/** As much of an API server as list and watch need, and one that can be made to fail. */
class ScriptedServer {
  items: Pod[] = [];
  resourceVersion = 1;
  lists = 0;
  readonly watchedFrom: string[] = [];
  watchAnswers: ((response: ServerResponse) => void)[] = [];
  readonly #watches = new Set<ServerResponse>();
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    return closed;
  }

  send(type: string, object: unknown): void {
    for (const response of this.#watches) response.write(`${JSON.stringify({ type, object })}\n`);
  }

  endWatches(): void {
    for (const response of this.#watches) response.end();
  }

  get watching(): number {
    return this.#watches.size;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://localhost');
    response.setHeader('content-type', 'application/json');
    if (url.searchParams.get('watch') !== 'true') {
      this.lists++;
      response.end(JSON.stringify({ metadata: { resourceVersion: String(this.resourceVersion) }, items: this.items }));
      return;
    }
    this.watchedFrom.push(url.searchParams.get('resourceVersion') ?? '');
    const scripted = this.watchAnswers.shift();
    if (scripted !== undefined) {
      scripted(response);
      return;
    }
    response.flushHeaders();
    this.#watches.add(response);
    response.once('close', () => this.#watches.delete(response));
  }
}

describe('createWatchCache', () => {
  let server: ScriptedServer;
  let port: number;
  let cache: WatchCache<Pod>;
  let client: ReturnType<typeof createKubeClient>;
  let changes: string[];

  beforeEach(async () => {
    server = new ScriptedServer();
    port = await server.listen();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromClusterAndUser({ name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }, { name: 'u' });
    client = createKubeClient(kubeConfig);
    cache = createWatchCache<Pod>({ kubeConfig, client, path: PATH, clock: realClock, logger: silentLogger });
    changes = [];
    cache.onChange((type, object) => changes.push(`${type} ${object.metadata?.name ?? ''}`));
  });

  afterEach(async () => {
    cache.stop();
    client.close();
    await server.close();
  });

  it('has the list when it has started, then follows changes', async () => {
    server.items = [pod('a', '1')];
    await cache.start();
    expect(cache.list().map((item) => item.metadata?.name)).to.deep.equal(['a']);
    expect(cache.staleSince()).to.equal(undefined);
    await until(() => server.watching === 1);
    server.send('ADDED', pod('b', '2'));
    server.send('MODIFIED', pod('a', '3'));
    server.send('DELETED', pod('b', '4'));
    await until(() => changes.length === 4);
    expect(changes).to.deep.equal(['added a', 'added b', 'modified a', 'deleted b']);
    expect(cache.get('infer', 'a')?.metadata?.resourceVersion).to.equal('3');
  });

  it('resumes where a watch ended, without another list', async () => {
    await cache.start();
    await until(() => server.watching === 1);
    server.send('BOOKMARK', { metadata: { resourceVersion: '17' } });
    server.send('ADDED', pod('a', '18'));
    await until(() => changes.length === 1);
    server.endWatches();
    await until(() => server.watchedFrom.length === 2);
    expect(server.watchedFrom).to.deep.equal(['1', '18']);
    expect(server.lists).to.equal(1);
  });

  it('lists anew when its resourceVersion is gone, and tells what vanished meanwhile', async () => {
    server.items = [pod('a', '1'), pod('b', '1')];
    server.watchAnswers = [
      (response) => {
        server.items = [pod('b', '1'), pod('c', '9')];
        server.resourceVersion = 9;
        response.end(`${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old' } })}\n`);
      },
    ];
    await cache.start();
    await until(() => server.watching === 1);
    expect(server.watchedFrom).to.deep.equal(['1', '9']);
    expect(changes).to.deep.equal(['added a', 'added b', 'deleted a', 'added c']);
  });

  it('keeps what it knew while the server is away, says since when, and catches up', async () => {
    server.items = [pod('a', '1')];
    await cache.start();
    await until(() => server.watching === 1);
    await server.close();
    await until(() => cache.staleSince() !== undefined);
    expect(cache.list()).to.have.length(1);

    server = new ScriptedServer();
    server.items = [pod('d', '1')];
    await server.listen(port);
    await until(() => cache.staleSince() === undefined && server.watching === 1);
    expect(cache.list().map((item) => item.metadata?.name)).to.deep.equal(['d']);
  });

  it('keeps trying until the first list is in', async () => {
    await server.close();
    const started = cache.start();
    expect(cache.staleSince()).to.be.a('number');
    server = new ScriptedServer();
    await server.listen(port);
    await started;
    expect(cache.staleSince()).to.equal(undefined);
  });
});
