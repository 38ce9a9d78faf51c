import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, sleep } from '#shared/clock/clock.js';
import { makeFolder } from '#shared/config/folders.js';
import { ContractError } from '#shared/contracts/contract-error.js';
import type { RunningService } from '#shared/http/run-service.js';
import { ServiceError } from '#shared/http/service-error.js';
import { createKubeClient, type KubeClient } from '#shared/kube/kube-client.js';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';
import { errorText } from '#shared/observe/logger.js';
import { checkData } from './adapters/check-data.js';
import { createAbsent, readManifests } from './adapters/create-absent.js';
import { assertPortsFree } from './adapters/free-ports.js';
import { takeStartLock } from './adapters/start-lock.js';
import { createSupervisor, type Supervisor } from './adapters/supervisor.js';
import type { View } from './adapters/terminal-view.js';
import { createLoopWatcher, isHealthy } from './adapters/watch-loop.js';
import { settings, type StartConfig } from './config.js';
import { buildView } from './core/build-view.js';
import { completed, demonstration } from './core/demonstration.js';
import { NOTHING_KNOWN, remember } from './core/last-known.js';
import { planCluster, planServices, type ServicePlan } from './core/services.js';
import type { Notice } from './core/view-state.js';
import { checkServiceSettings } from './service-settings.js';

export interface StartDeps {
  config: StartConfig;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  view: View;
  /** For the last line, after the view has closed. */
  say: (line: string) => void;
  /** Aborts when everything is to end, also while it starts. */
  stopping: AbortSignal;
}

const CLUSTER_START_MS = 30_000;
const PEERS_START_MS = 15_000;
const REFRESH_MS = 1_000;
const NOTICES_KEPT = 200;
const worthShowing = / (WARN|ERROR) /;

/** Starts everything on the embedded cluster, each service as a process of its own, and shows what happens until stopped. */
export async function start(deps: StartDeps): Promise<RunningService> {
  let release = (): Promise<void> => Promise.resolve();
  try {
    makeFolder(settings.localClusterDir, resolve(deps.config.localClusterDir));
    // First of all: of two that start at once, the free ports alone would let both go on.
    release = await takeStartLock(resolve(deps.config.localClusterDir));
    return await startLocked(deps, release);
  } catch (error) {
    // Before the reason is printed: on the alternate screen it would be lost.
    deps.view.close();
    await release();
    throw error;
  }
}

async function startLocked(deps: StartDeps, release: () => Promise<void>): Promise<RunningService> {
  const { config, env, clock, view, say } = deps;
  const dataPath = resolve(config.dataPath);
  // What is wrong with the input is said before anything runs.
  checkServiceSettings(env);
  await checkData(dataPath);
  const workload = await readManifests(config.workload);
  await assertPortsFree([
    { host: '127.0.0.1', port: config.localClusterPort, variable: 'LOCAL_CLUSTER_PORT', service: 'local-cluster' },
    { host: config.controllerHost, port: config.controllerPort, variable: 'CONTROLLER_PORT', service: 'controller' },
    { host: config.collectorHost, port: config.collectorPort, variable: 'COLLECTOR_PORT', service: 'collector' },
    { host: config.optimizerHost, port: config.optimizerPort, variable: 'INFERNO_PORT', service: 'optimizer' },
    { host: config.actuatorHost, port: config.actuatorPort, variable: 'ACTUATOR_PORT', service: 'actuator' },
  ]);
  const localClusterDir = resolve(config.localClusterDir);
  const kubeconfigPath = join(localClusterDir, 'kubeconfig');
  const logDir = join(localClusterDir, 'logs');
  await mkdir(logDir, { recursive: true });

  const cluster = { url: `https://127.0.0.1:${config.localClusterPort}`, kubeconfigPath };
  const notices: Notice[] = [];
  let known = NOTHING_KNOWN;
  const show = (): void => view.show(buildView({ nowMs: clock.now(), cluster, known, notices, timeText }));
  const notice = (text: string, ofStart = false): void => {
    notices.push({ text, ofStart });
    if (notices.length > NOTICES_KEPT) notices.shift();
    view.notice(text);
    show();
  };
  const onLine = (_name: string, line: string): void => {
    if (worthShowing.test(line)) notice(line);
  };
  const refused = new AbortController();
  const onRefused = (name: string, words: string): void =>
    refused.abort(new ContractError([{ source: name, path: '', value: '', message: `refused to start:\n${words}` }]));
  const supervisor = createSupervisor({ clock, onLine, onNotice: notice, onRefused });
  // What the user set wins, but for the cluster: `npm start` never touches another one.
  const childEnv = { ...completed(env, demonstration(localClusterDir)), KUBECONFIG: kubeconfigPath, INFERNO_DATA_PATH: dataPath };
  const launch = ({ name, args, firstArgs = [] }: ServicePlan): void =>
    supervisor.start({
      name,
      args: [fileURLToPath(new URL(`../${name}/main.js`, import.meta.url)), ...args],
      firstArgs,
      env: childEnv,
      logFile: join(logDir, `${name}.log`),
    });

  const ended = new AbortController();
  const stopping = AbortSignal.any([deps.stopping, refused.signal, ended.signal]);
  try {
    notice(`starting the embedded cluster in ${localClusterDir}`, true);
    launch(planCluster({ ...config, localClusterDir }));
    const client = await clusterClient(kubeconfigPath, clock, stopping);
    for (const created of await createAbsent(client, workload, stopping)) notice(`created ${created}`, true);
    client.close();
    const services = planServices(config);
    const peers = services.filter(({ name }) => name !== 'controller' && name !== 'load-emulator');
    for (const service of peers) launch(service);
    // Not needed, as the controller tries again at its next tick; but the first thing to see should not be a failed cycle.
    await healthy(urlsOf(config), clock, stopping);
    for (const service of services) if (!peers.includes(service)) launch(service);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }

  const [collectorUrl = ''] = urlsOf(config);
  const controllerUrl = `http://${config.controllerHost}:${config.controllerPort}`;
  const watcher = createLoopWatcher({ controllerUrl, collectorUrl, clock });
  const shown = showUntilStopped(async () => {
    known = remember(known, await watcher.read(stopping), clock.now());
    show();
    await sleep(clock, REFRESH_MS, stopping);
  }, stopping);

  return {
    started: `all services are up; kubectl: export KUBECONFIG=${kubeconfigPath}`,
    failed: abortOf(refused.signal),
    stop: async () => {
      ended.abort(new Error('stopping'));
      await shown;
      await stopAll({ view, supervisor, release, say });
    },
  };
}

/** What is left to do once nothing is shown any more; the last line comes when all children are gone. */
export async function stopAll(running: {
  view: Pick<View, 'close'>;
  supervisor: Pick<Supervisor, 'stop'>;
  release: () => Promise<void>;
  say: (line: string) => void;
}): Promise<void> {
  running.view.close();
  await running.supervisor.stop();
  await running.release();
  running.say('stopped');
}

async function showUntilStopped(refresh: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await refresh().catch(() => undefined);
}

/** Of the controller's peers, in the order of a cycle. */
function urlsOf(config: StartConfig): string[] {
  return [
    `http://${config.collectorHost}:${config.collectorPort}`,
    `http://${config.optimizerHost}:${config.optimizerPort}`,
    `http://${config.actuatorHost}:${config.actuatorPort}`,
  ];
}

/** Resolves when every service is healthy, or when that has taken too long to wait for. */
async function healthy(urls: readonly string[], clock: Clock, signal: AbortSignal): Promise<void> {
  const startedMs = clock.now();
  while (clock.now() - startedMs < PEERS_START_MS) {
    if ((await Promise.all(urls.map((url) => isHealthy(url, signal)))).every(Boolean)) return;
    await sleep(clock, 100, signal);
  }
}

async function clusterClient(kubeconfigPath: string, clock: Clock, signal: AbortSignal): Promise<KubeClient> {
  const startedMs = clock.now();
  for (;;) {
    try {
      // Read anew at each try: the cluster writes its kubeconfig when it starts.
      const client = createKubeClient(loadKubeConfig(kubeconfigPath));
      await client.get('/readyz', {}, signal);
      return client;
    } catch (cause) {
      if (clock.now() - startedMs > CLUSTER_START_MS) {
        throw new ServiceError(
          'UNAVAILABLE',
          `the embedded cluster did not come up within ${CLUSTER_START_MS / 1000} s: ${errorText(cause)}`,
          { cause },
        );
      }
    }
    await sleep(clock, 100, signal);
  }
}

function timeText(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 'hh:mm:ss'.length);
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('refused'));
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}
