import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axios from 'axios';
import { realClock } from '#shared/clock/real-clock.js';
import { type Clock, sleep } from '#shared/clock/clock.js';
import { type CycleRecord, cycleRecordSchema } from '#shared/contracts/controller.js';
import { createKubeClient, type KubeClient } from '#shared/kube/kube-client.js';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';
import { labels, simulatedLabels } from '#shared/kube/names.js';
import { paths } from '#shared/kube/paths.js';
import type { Deployment, KubeList } from '#shared/kube/wire.js';
import { freePorts } from '#shared/testing/free-ports.js';

const services = ['local-cluster', 'collector', 'optimizer', 'actuator', 'controller'] as const;
type ServiceName = (typeof services)[number];

export interface FleetFigures {
  deployments: number;
  pods: number;
  /** Medians over the cycles, by stage. */
  idleMs: CycleRecord['timingsMs'];
  /** A cycle in which every Deployment is changed. */
  busyMs: CycleRecord['timingsMs'];
  residentMiB: Record<ServiceName, number>;
  readySec: number;
}

const NAMESPACE = 'bench';
const CYCLES = 5;
const clock: Clock = realClock;

/** Runs the loop as processes on an embedded cluster of so many Deployments, each with so many pods, and measures its cycles. */
export async function measureFleet(deployments: number, podsEach: number): Promise<FleetFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'inferno-bench-'));
  const children = new Map<ServiceName, ChildProcess>();
  try {
    const dataPath = await scaledData(folder, deployments * podsEach);
    const ports = await freePorts(services.length);
    const port = (name: ServiceName): string => String(ports[services.indexOf(name)]);
    const kubeconfig = join(folder, 'cluster', 'kubeconfig');
    const env = {
      ...process.env,
      KUBECONFIG: kubeconfig,
      INFERNO_DATA_PATH: dataPath,
      COLLECTOR_PORT: port('collector'),
      INFERNO_PORT: port('optimizer'),
      ACTUATOR_PORT: port('actuator'),
      CONTROLLER_PORT: port('controller'),
      LOG_LEVEL: 'error',
    };
    const start = (name: ServiceName, args: string[]): void => {
      const program = fileURLToPath(new URL(`../../${name}/main.js`, import.meta.url));
      children.set(name, spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }));
    };

    start('local-cluster', ['--port', port('local-cluster'), '--data-dir', join(folder, 'cluster')]);
    const client = await until('the cluster answers', 30, async () => {
      const candidate = createKubeClient(loadKubeConfig(kubeconfig));
      await candidate.get('/readyz');
      return candidate;
    });
    const startedMs = clock.now();
    await createFleet(client, deployments, podsEach);
    await until('all pods are ready', 300, async () => {
      const { items } = await client.get<KubeList<Deployment>>(paths.deployments(NAMESPACE));
      return items.every((item) => item.status?.readyReplicas === podsEach) ? true : undefined;
    });
    const readySec = (clock.now() - startedMs) / 1000;

    for (const name of ['collector', 'optimizer', 'actuator'] as const) start(name, []);
    start('controller', ['0', 'false']);
    const invoke = async (): Promise<CycleRecord> => {
      const headers = { accept: 'application/json' };
      const { data } = await axios.get<unknown>(`http://127.0.0.1:${port('controller')}/invoke`, {
        headers,
        proxy: false,
        timeout: 120_000,
      });
      return cycleRecordSchema.parse(data);
    };
    await until('a cycle succeeds', 60, invoke);
    const idle: CycleRecord[] = [];
    for (let turn = 0; turn < CYCLES; turn++) idle.push(await invoke());

    // Twice the load by label: every Deployment needs more replicas than it has.
    await relabel(client, 4 * BASE_RPM * podsEach);
    await sleep(clock, 1_500);
    const busy = await invoke();
    const residentMiB = Object.fromEntries(
      await Promise.all(services.map(async (name) => [name, await residentMemoryMiB(children.get(name)?.pid ?? 0)] as const)),
    ) as Record<ServiceName, number>;
    client.close();
    return {
      deployments,
      pods: deployments * podsEach,
      idleMs: medianTimings(idle),
      busyMs: busy.timingsMs,
      residentMiB,
      readySec,
    };
  } finally {
    for (const child of [...children.values()].reverse()) await stop(child);
    await rm(folder, { recursive: true, force: true });
  }
}

const BASE_RPM = 6;

function bareDeployment(index: number, podsEach: number): Deployment {
  const server = `bench-${String(index).padStart(4, '0')}`;
  const own = { [labels.name]: server, [labels.model]: 'llama_13b', [labels.accelerator]: 'A100' };
  return {
    metadata: {
      name: server,
      namespace: NAMESPACE,
      labels: {
        ...own,
        [labels.managed]: 'true',
        [labels.class]: 'Bronze',
        [labels.maxBatchSize]: '64',
        [labels.rpm]: String(BASE_RPM * podsEach),
        [labels.inTokens]: '128',
        [labels.outTokens]: '256',
        // Neither bigger nor smaller by what happens to be measured: the cycles are to be compared.
        [labels.minReplicas]: String(podsEach),
        [simulatedLabels.startupDelaySec]: '1',
      },
    },
    spec: {
      replicas: podsEach,
      selector: { matchLabels: { [labels.name]: server } },
      template: {
        metadata: { labels: own },
        spec: {
          terminationGracePeriodSeconds: 1,
          nodeSelector: { 'inferno.accelerator': 'A100' },
          containers: [
            {
              name: 'vllm',
              image: 'vllm/vllm-openai',
              args: ['--max-num-seqs', '64', '--port', '8000'],
              ports: [{ containerPort: 8000 }],
              resources: { limits: { 'inferno.io/A100': '1' } },
              readinessProbe: { httpGet: { path: '/health', port: 8000 }, periodSeconds: 5 },
            },
          ],
        },
      },
    },
  };
}

async function createFleet(client: KubeClient, deployments: number, podsEach: number): Promise<void> {
  await client.create(paths.namespaces(), { metadata: { name: NAMESPACE } });
  for (let index = 0; index < deployments; index++)
    await client.create(paths.deployments(NAMESPACE), bareDeployment(index, podsEach));
}

/** Grows the floor of every Deployment by one replica: a change for each of them, whatever was measured. */
async function relabel(client: KubeClient, rpm: number): Promise<void> {
  const { items } = await client.get<KubeList<Deployment>>(paths.deployments(NAMESPACE));
  for (const { metadata, spec } of items) {
    const changed = { [labels.rpm]: String(rpm), [labels.minReplicas]: String((spec?.replicas ?? 0) + 1) };
    await client.patch(paths.deployments(NAMESPACE, metadata?.name ?? ''), 'merge', { metadata: { labels: changed } });
  }
}

/** sample-data/small with enough A100 for the fleet to grow. */
async function scaledData(folder: string, pods: number): Promise<string> {
  for (const name of ['accelerator', 'model', 'serviceclass', 'optimizer']) {
    await writeFile(join(folder, `${name}-data.json`), await readFile(`sample-data/small/${name}-data.json`));
  }
  const count = [{ type: 'A100', count: 4 * pods }, ...['L4', 'AIU2', 'G2'].map((type) => ({ type, count: 0 }))];
  await writeFile(join(folder, 'capacity-data.json'), JSON.stringify({ count }));
  return folder;
}

async function until<T>(what: string, withinSec: number, attempt: () => Promise<T | undefined>): Promise<T> {
  const deadline = clock.now() + withinSec * 1000;
  for (;;) {
    const result = await attempt().catch(() => undefined);
    if (result !== undefined) return result;
    if (clock.now() > deadline) throw new Error(`not within ${withinSec} s: ${what}`);
    await sleep(clock, 200);
  }
}

/** VmRSS of a process, from Linux' /proc. */
async function residentMemoryMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

function medianTimings(records: readonly CycleRecord[]): CycleRecord['timingsMs'] {
  const median = (stage: keyof CycleRecord['timingsMs']): number => {
    const sorted = records.map((record) => record.timingsMs[stage]).sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? Number.NaN;
  };
  return {
    data: median('data'),
    collect: median('collect'),
    guard: median('guard'),
    optimize: median('optimize'),
    actuate: median('actuate'),
    total: median('total'),
  };
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    const kill = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.once('exit', () => {
      clearTimeout(kill);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
