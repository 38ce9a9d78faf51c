// Makes sure that the programs of the real control plane are on this machine, for the conformance suite: finds them, or builds
// them once into the user's cache folder. `--find` only looks and prints what there is as one line of JSON.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildKubeTools } from './build-kube-tools.mjs';
import { builtTools, cacheRoot, debianKubectl, findKubeTools } from './find-kube-tools.mjs';

/**
 * Answers the paths `{ kubeApiserver, kubeControllerManager, kubeScheduler, kubectl, etcd, kubectlOld?, kubectlOnPath? }`, building what can be
 * built. Throws an error that says what is missing and how to get it.
 */
export async function ensureKubeTools(report = (line) => console.error(line)) {
  const toBuild = findKubeTools().missing.filter((name) => name in builtTools);
  if (toBuild.length > 0) await buildKubeTools(toBuild, report);
  if (findKubeTools().tools.kubectlOld === undefined) unpackDebianKubectl(report);
  const { tools, missing } = findKubeTools();
  if (missing.length > 0) throw new Error(missing.map(howToGet).join('\n'));
  return tools;
}

function howToGet(name) {
  return name === 'etcd'
    ? 'etcd is missing (PATH, KUBEBUILDER_ASSETS): apt-get install etcd-server, or https://etcd.io'
    : `${builtTools[name]} is missing: node scripts/kube-tools/ensure-kube-tools.mjs builds it (needs Go)`;
}

/** Debian's kubectl 1.20 beside whatever kubectl the machine has. Without Debian's tools the suite does without it. */
function unpackDebianKubectl(report) {
  mkdirSync(cacheRoot, { recursive: true });
  const folder = mkdtempSync(join(cacheRoot, '.unpacking-'));
  try {
    const quiet = { cwd: folder, stdio: 'ignore' };
    const downloaded = spawnSync('apt-get', ['download', 'kubernetes-client'], quiet).status === 0;
    const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
    if (!downloaded || spawnSync('dpkg', ['-x', archive, join(folder, 'debian')], quiet).status !== 0) {
      report("kubectl 1.20 (Debian's kubernetes-client) is not to be had here; going on without it.");
      return;
    }
    const target = dirname(dirname(dirname(debianKubectl)));
    rmSync(target, { recursive: true, force: true });
    renameSync(join(folder, 'debian'), target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  if (process.argv.includes('--find')) {
    console.log(JSON.stringify(findKubeTools()));
    return;
  }
  try {
    for (const [name, path] of Object.entries(await ensureKubeTools())) console.log(`${name.padEnd(22)} ${path}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
