import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Paths of the programs of a real control plane, and of the kubectl versions that this machine has beside ours. */
export interface KubeTools {
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly etcd: string;
  readonly kubectl: string;
  readonly kubectlOld?: string;
  readonly kubectlOnPath?: string;
}

/** A tool that is not on this machine: a test that needs it skips with this line as its reason. */
export interface MissingTools {
  readonly missing: string;
}

interface Found {
  readonly tools: Partial<KubeTools>;
  readonly missing: readonly string[];
}

let found: Promise<Found> | undefined;

/**
 * Everything that a real control plane needs, or what of it is missing. Never builds: that takes minutes and is the business of
 * `scripts/kube-tools/ensure-kube-tools.mjs`. With `INFERNO_REQUIRE_TOOLS=1` a missing tool is an error instead of a skipped test.
 */
export async function findKubeTools(): Promise<KubeTools | MissingTools> {
  const { tools, missing } = await findAll();
  if (missing.length === 0) return tools as KubeTools;
  const line = `no real control plane here, missing: ${missing.join(', ')} (node scripts/kube-tools/ensure-kube-tools.mjs)`;
  if (process.env['INFERNO_REQUIRE_TOOLS'] === '1') throw new Error(line);
  return { missing: line };
}

/** Every kubectl of this machine, our own version first; empty when there is none. */
export async function findKubectls(): Promise<readonly string[]> {
  const { tools } = await findAll();
  const paths = [tools.kubectl, tools.kubectlOnPath, tools.kubectlOld].filter((path) => path !== undefined);
  if (paths.length === 0 && process.env['INFERNO_REQUIRE_TOOLS'] === '1') throw new Error('no kubectl here');
  return paths;
}

function findAll(): Promise<Found> {
  found ??= ask();
  return found;
}

async function ask(): Promise<Found> {
  const script = join(repositoryRoot(), 'scripts', 'kube-tools', 'ensure-kube-tools.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--find']);
  return JSON.parse(stdout) as Found;
}

/** The same from the sources and from the compiled tests, which lie one folder deeper. */
function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
