import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer, type ApiServer, type ApiServerOptions } from '../../api/api-server.js';
import { ApiClient } from './api-client.js';

/** An API server on a free port with a folder of its own, and a client of it. */
export class ApiFixture {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'inferno-api-'));
  #server: ApiServer | undefined;
  #client: ApiClient | undefined;

  async start(options: Partial<ApiServerOptions> = {}): Promise<ApiServer> {
    this.#server = await startApiServer({ dataDir: this.dataDir, ...options });
    this.#client = new ApiClient(this.#server.kubeconfigPath);
    return this.#server;
  }

  get client(): ApiClient {
    if (this.#client === undefined) throw new Error('start the server first');
    return this.#client;
  }

  /** Ends the server and keeps its folder. */
  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  createConfigMap(name: string, data: Record<string, string> = {}): ReturnType<ApiClient['call']> {
    return this.client.call('POST', configMaps, { body: { metadata: { name }, data } });
  }
}

export const configMaps = '/api/v1/namespaces/default/configmaps';
