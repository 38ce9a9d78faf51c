// Where the programs of the real control plane are on this machine. Looks, never builds, so that tests may ask it.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export const kubernetesVersion = 'v1.34.4';

/** The programs that are built here when the machine has none of the right version. */
export const builtTools = {
  kubeApiserver: 'kube-apiserver',
  kubeControllerManager: 'kube-controller-manager',
  kubeScheduler: 'kube-scheduler',
  kubectl: 'kubectl',
};

export const cacheRoot = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'inferno', 'kube-tools');
/** Holds finished programs only: they are built elsewhere and renamed into it. */
export const builtFolder = join(cacheRoot, kubernetesVersion);
export const debianKubectl = join(cacheRoot, 'debian', 'usr', 'bin', 'kubectl');

const wantedMinor = minorOf(kubernetesVersion);

/**
 * Looks in KUBEBUILDER_ASSETS, in PATH and in the user's cache folder, in this order.
 * Answers `{ tools, missing }`: paths by name (`kubeApiserver`, `kubeControllerManager`, `kubeScheduler`, `kubectl`, `etcd`;
 * `kubectlOld` and `kubectlOnPath` are further clients for the conformance suite and never missing), and the names without a path.
 */
export function findKubeTools() {
  const tools = {};
  for (const [name, program] of Object.entries(builtTools)) {
    const versionOf = name === 'kubectl' ? kubectlVersion : serverVersion;
    const path =
      candidates(program).find((candidate) => minorOf(versionOf(candidate)) === wantedMinor) ??
      executable(join(builtFolder, program));
    if (path !== undefined) tools[name] = path;
  }
  const etcd = candidates('etcd')[0];
  if (etcd !== undefined) tools.etcd = etcd;
  const missing = [...Object.keys(builtTools), 'etcd'].filter((name) => tools[name] === undefined);
  return { tools: { ...tools, ...furtherClients(tools.kubectl) }, missing };
}

/** kubectl of other versions: the user's own, and Debian's (1.20), the oldest that is supported. */
function furtherClients(kubectl) {
  const clients = {};
  const onPath = onPathFirst('kubectl');
  if (onPath !== undefined && onPath !== kubectl) {
    if (minorOf(kubectlVersion(onPath)) === '1.20') clients.kubectlOld = onPath;
    else clients.kubectlOnPath = onPath;
  }
  const old = clients.kubectlOld ?? executable(debianKubectl);
  return old === undefined ? clients : { ...clients, kubectlOld: old };
}

function candidates(program) {
  const assets = process.env.KUBEBUILDER_ASSETS;
  return [assets ? executable(join(assets, program)) : undefined, onPathFirst(program)].filter((path) => path !== undefined);
}

function onPathFirst(program) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => executable(join(folder, program))).find((path) => path !== undefined);
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

function serverVersion(path) {
  return output(path, ['--version']).replace('Kubernetes ', '');
}

function kubectlVersion(path) {
  try {
    return JSON.parse(output(path, ['version', '--client', '-o', 'json'])).clientVersion.gitVersion;
  } catch {
    return '';
  }
}

function output(path, args) {
  return spawnSync(path, args, { encoding: 'utf8', timeout: 20_000 }).stdout ?? '';
}

function minorOf(version) {
  return /^v(\d+\.\d+)\./.exec(version)?.[1];
}
