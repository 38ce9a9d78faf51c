import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import axios, { type AxiosInstance } from 'axios';
import type { CycleRecord, ServerExplanation, ServersResponse } from '#shared/contracts/controller.js';
import { createKubeClient, type KubeClient } from '#shared/kube/kube-client.js';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';
import { paths } from '#shared/kube/paths.js';
import type { Deployment, KubeList } from '#shared/kube/wire.js';
import { loopPorts, portVariables } from './loop-ports.js';

export const NAMESPACE = 'infer';
/** Far more than anything here takes on a machine with nothing else to do. */
const PATIENCE_MS = 120_000;
const START_MS = 180_000;

export interface LoopOptions {
  /** A folder of an earlier run, to go on from. */
  dataDir?: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** `npm start` as a user runs it, on ports of its own: every service a process, supervised. */
export class LoopUnderTest {
  readonly dataDir: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly controller: AxiosInstance;
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  #kube: KubeClient | undefined;

  private constructor(dataDir: string, ports: Record<string, number>, options: LoopOptions) {
    this.dataDir = dataDir;
    this.ports = ports;
    const variables = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
    this.#process = spawn(
      process.execPath,
      ['dist/services/cli/main.js', 'start', '--view', 'plain', '--data-dir', dataDir, ...(options.args ?? [])],
      { env: { ...process.env, INFERNO_CONTROL_PERIOD: '5', ...variables, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#ended = new Promise((resolve) => this.#process.once('close', resolve));
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
    const baseURL = `http://127.0.0.1:${ports['CONTROLLER_PORT']}`;
    this.controller = axios.create({ baseURL, proxy: false, timeout: 60_000, validateStatus: () => true });
  }

  /** Resolves when every service answers `/health`. */
  static async start(options: LoopOptions = {}): Promise<LoopUnderTest> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'inferno-e2e-')));
    const loop = new LoopUnderTest(dataDir, await loopPorts(), options);
    try {
      const isUp = () => loop.lines.some((line) => line.startsWith('all services are up'));
      await loop.until('all services are up, or the start has failed', () => isUp() || loop.#hasEnded(), START_MS);
      if (!isUp()) throw new Error(`the loop ended while it started:\n${loop.lines.join('\n')}`);
      await loop.until('every service answers', () => loop.isHealthy());
      return loop;
    } catch (error) {
      // Left running it would keep this process from ending too.
      await loop.remove();
      throw error;
    }
  }

  get kube(): KubeClient {
    this.#kube ??= createKubeClient(loadKubeConfig(join(this.dataDir, 'kubeconfig')));
    return this.#kube;
  }

  async isHealthy(): Promise<boolean> {
    const services = portVariables.filter((name) => name !== 'LOCAL_CLUSTER_PORT');
    const answers = await Promise.all(
      services.map((name) =>
        axios.get(`http://127.0.0.1:${this.ports[name]}/health`, { proxy: false, timeout: 2_000 }).then(
          () => true,
          () => false,
        ),
      ),
    );
    return answers.every(Boolean);
  }

  async deployments(): Promise<Deployment[]> {
    return (await this.kube.get<KubeList<Deployment>>(paths.deployments(NAMESPACE))).items;
  }

  /** Deployment name → `spec.replicas`. */
  async replicas(): Promise<Record<string, number>> {
    const deployments = await this.deployments();
    return Object.fromEntries(deployments.map((item) => [item.metadata?.name ?? '', item.spec?.replicas ?? 1]));
  }

  async cycles(limit = 50): Promise<CycleRecord[]> {
    const { data } = await this.controller.get<{ cycles: CycleRecord[] }>('/cycles', { params: { limit } });
    return data.cycles;
  }

  /** No change of accelerator waits at the actuator for its second step. */
  async isActedOut(): Promise<boolean> {
    const { data } = await axios.get<{ underWay: unknown[] }>(`http://127.0.0.1:${this.ports['ACTUATOR_PORT']}/status`, {
      proxy: false,
      timeout: 20_000,
    });
    return data.underWay.length === 0;
  }

  async servers(): Promise<ServersResponse> {
    return (await this.controller.get<ServersResponse>('/servers')).data;
  }

  async explain(server: string): Promise<ServerExplanation> {
    return (await this.controller.get<ServerExplanation>(`/explain/${server}`)).data;
  }

  async label(deployment: string, labels: Record<string, string>): Promise<void> {
    await this.kube.patch(paths.deployments(NAMESPACE, deployment), 'merge', { metadata: { labels } });
  }

  /** The process id of a service as it runs now. */
  pidOf(service: string): number {
    const started = this.lines.flatMap((line) => new RegExp(`^${service} started, pid (\\d+)$`).exec(line)?.[1] ?? []);
    return Number(started.at(-1));
  }

  allPids(): number[] {
    return this.lines.flatMap((line) => Number(/ started, pid (\d+)$/.exec(line)?.[1] ?? 0)).filter((pid) => pid > 0);
  }

  /** Ctrl-c. @returns the exit code */
  async stop(): Promise<number | null> {
    this.#kube?.close();
    this.#process.kill('SIGINT');
    return this.#ended;
  }

  async remove(): Promise<void> {
    if (!this.#hasEnded()) await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /**
   * Polls; a condition that throws does not hold yet. On failure what it threw last and the last lines of the loop are part of the
   * message.
   */
  async until(what: string, condition: () => boolean | Promise<boolean>, withinMs = PATIENCE_MS): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      let thrown = '';
      try {
        if (await condition()) return;
      } catch (error) {
        thrown = `: ${String(error)}`;
      }
      if (performance.now() > deadline)
        throw new Error(`not within ${withinMs / 1000} s: ${what}${thrown}\n${this.lines.slice(-40).join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
