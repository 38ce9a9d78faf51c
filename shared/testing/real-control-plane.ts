import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from './free-ports.js';
import { hasEnded, logTail, startProgram, stopPrograms } from './guarded-program.js';
import type { GuardedProgram } from './guarded-program.js';
import { findKubeTools } from './kube-tools.js';
import type { KubeTools, MissingTools } from './kube-tools.js';

const readyWithinMs = 120_000;
const pollEveryMs = 50;

/** A real etcd, kube-apiserver, kube-controller-manager and kube-scheduler on loopback. There is no kubelet. */
export interface RealControlPlane {
  /** A kubeconfig with the certificate of the API server and a token of the group system:masters. */
  readonly kubeconfigPath: string;
  readonly url: string;
  /** Makes etcd forget all that was before, as it does by itself every few minutes: what is older is answered with 410 from then on. */
  compact(): Promise<void>;
  /** Process ids by program, for measurements. */
  readonly pids: Readonly<Record<string, number>>;
  /** Ends all four programs and waits until they are gone; the temporary folder goes with them. */
  stop(): Promise<void>;
}

/**
 * Starts a control plane on free loopback ports and waits until it serves (about 4 s). Its data lie in `dir`, which stays, or in a temporary
 * folder, which does not. Answers what is missing when the machine has not all programs; throws with the end of the log of a program that
 * does not come up.
 */
export async function startRealControlPlane(options: { readonly dir?: string } = {}): Promise<RealControlPlane | MissingTools> {
  const tools = await findKubeTools();
  if ('missing' in tools) return tools;
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'inferno-control-plane-')));
  await mkdir(dir, { recursive: true });
  const programs: GuardedProgram[] = [];
  const stop = async () => {
    await stopPrograms(programs);
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
  };
  try {
    const running = await startAll(tools, dir, programs);
    return { ...running, pids: Object.fromEntries(programs.map(({ name, child }) => [name, child.pid ?? 0])), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(
  tools: KubeTools,
  dir: string,
  programs: GuardedProgram[],
): Promise<Pick<RealControlPlane, 'kubeconfigPath' | 'url' | 'compact'>> {
  const [etcdPort, peerPort, apiserverPort, managerPort, schedulerPort] = (await freePorts(5)).map(String);
  const deadline = performance.now() + readyWithinMs;
  const ready = (what: string, needed: readonly GuardedProgram[], isReady: () => Promise<boolean>) =>
    waitUntil(what, needed, isReady, deadline);
  const start = (name: string, path: string, args: readonly string[]) => {
    const program = startProgram(name, path, args, dir);
    programs.push(program);
    return program;
  };

  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const etcd = start('etcd', tools.etcd, [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--logger=zap',
    '--log-level=warn',
  ]);

  const token = randomBytes(16).toString('hex');
  const url = `https://127.0.0.1:${apiserverPort}`;
  await writeFile(join(dir, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  await writeFile(join(dir, 'service-account.key'), serviceAccountKey(), { mode: 0o600 });
  await ready('etcd', [etcd], () => answers(`${etcdUrl}/health`));
  const apiserver = start('kube-apiserver', tools.kubeApiserver, [
    `--etcd-servers=${etcdUrl}`,
    `--secure-port=${apiserverPort}`,
    '--bind-address=127.0.0.1',
    `--cert-dir=${join(dir, 'certificates')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(dir, 'service-account.key')}`,
    `--service-account-signing-key-file=${join(dir, 'service-account.key')}`,
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/16',
    '--disable-admission-plugins=ServiceAccount',
  ]);
  await ready('kube-apiserver', [etcd, apiserver], () => answers(`${url}/readyz`, token));

  const kubeconfigPath = join(dir, 'kubeconfig');
  const certificate = await readFile(join(dir, 'certificates', 'apiserver.crt'));
  await writeFile(kubeconfigPath, kubeconfig(url, certificate, token), { mode: 0o600 });
  const clientFlags = [`--kubeconfig=${kubeconfigPath}`, '--leader-elect=false', '--bind-address=127.0.0.1'];
  const manager = start('kube-controller-manager', tools.kubeControllerManager, [
    ...clientFlags,
    `--secure-port=${managerPort}`,
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    // No kubelet here renews the heartbeat of a node; the tests say themselves when a node is not ready.
    '--node-monitor-grace-period=1h',
  ]);
  const scheduler = start('kube-scheduler', tools.kubeScheduler, [...clientFlags, `--secure-port=${schedulerPort}`]);
  await ready('kube-controller-manager', programs, () => answers(`https://127.0.0.1:${managerPort}/healthz`));
  await ready('kube-scheduler', programs, () => answers(`https://127.0.0.1:${schedulerPort}/healthz`));
  // Healthy says that it serves; the account that the controllers give to each namespace says that they run.
  await ready('controllers', [manager, scheduler], () =>
    answers(`${url}/api/v1/namespaces/default/serviceaccounts/default`, token),
  );
  return { kubeconfigPath, url, compact: () => compact(etcdUrl) };
}

async function waitUntil(
  what: string,
  needed: readonly GuardedProgram[],
  isReady: () => Promise<boolean>,
  deadline: number,
): Promise<void> {
  while (!(await isReady())) {
    const ended = needed.find(hasEnded);
    if (ended !== undefined) throw new Error(`${ended.name} ended while ${what} was awaited:\n${await logTail(ended)}`);
    if (performance.now() > deadline) {
      const logs = await Promise.all(needed.map(async (program) => `${program.name}: ${await logTail(program)}`));
      throw new Error(`${what} was not ready within ${readyWithinMs} ms of the start\n${logs.join('\n')}`);
    }
    await delay(pollEveryMs);
  }
}

/** Through the JSON gateway of etcd: the answer to any read names the current revision. */
async function compact(etcdUrl: string): Promise<void> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd answers ${path} with ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const anyKey = Buffer.from('any').toString('base64');
  const { header } = (await post('range', { key: anyKey })) as { header: { revision: string } };
  await post('compaction', { revision: header.revision, physical: true });
}

/** True when the address answers 200. The programs sign their own certificates, so nothing is checked but the status. */
function answers(url: string, token?: string): Promise<boolean> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const sent = request(url, { headers, rejectUnauthorized: false, timeout: 5_000, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
      response.on('error', () => resolve(false));
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(false));
    sent.end();
  });
}

function serviceAccountKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

function kubeconfig(url: string, certificate: Buffer, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'real', cluster: { server: url, 'certificate-authority-data': certificate.toString('base64') } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'real', context: { cluster: 'real', user: 'admin' } }],
    'current-context': 'real',
  });
}
