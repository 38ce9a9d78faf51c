import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const script = join('scripts', 'kube-tools', 'ensure-kube-tools.mjs');

describe('finding the programs of a real control plane', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferno-kube-tools-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A program that answers every question with the same line. */
  async function program(path: string, answer: string): Promise<string> {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\necho '${answer}'\n`);
    await chmod(file, 0o755);
    return file;
  }

  const server = (path: string, version: string) => program(path, `Kubernetes ${version}`);
  const kubectl = (path: string, version: string) => program(path, JSON.stringify({ clientVersion: { gitVersion: version } }));

  async function find(): Promise<{ tools: Record<string, string>; missing: string[] }> {
    const env = { PATH: join(folder, 'path'), XDG_CACHE_HOME: join(folder, 'cache'), KUBEBUILDER_ASSETS: join(folder, 'assets') };
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--find'], { env });
    return JSON.parse(stdout) as { tools: Record<string, string>; missing: string[] };
  }

  const all = ['kubeApiserver', 'kubeControllerManager', 'kubeScheduler', 'kubectl', 'etcd'];

  it('names everything on a machine that has nothing', async () => {
    expect(await find()).to.deep.equal({ tools: {}, missing: all });
  });

  it('takes a server of the wanted minor version from PATH, and no other', async () => {
    const apiserver = await server('path/kube-apiserver', 'v1.34.1');
    await server('path/kube-scheduler', 'v1.33.9');
    const { tools, missing } = await find();
    expect(tools).to.deep.equal({ kubeApiserver: apiserver });
    expect(missing).to.deep.equal(all.filter((name) => name !== 'kubeApiserver'));
  });

  it('prefers KUBEBUILDER_ASSETS to PATH, and both to the cache', async () => {
    const assets = await server('assets/kube-apiserver', 'v1.34.0');
    await server('path/kube-apiserver', 'v1.34.1');
    const onPath = await server('path/kube-scheduler', 'v1.34.1');
    await server('cache/inferno/kube-tools/v1.34.4/kube-scheduler', 'v1.34.4');
    const built = await server('cache/inferno/kube-tools/v1.34.4/kube-controller-manager', 'v1.34.4');
    const { tools } = await find();
    expect(tools).to.deep.equal({ kubeApiserver: assets, kubeScheduler: onPath, kubeControllerManager: built });
  });

  it('does not take an older kubectl of the user for ours, but keeps it as one more client', async () => {
    const ours = await kubectl('cache/inferno/kube-tools/v1.34.4/kubectl', 'v1.34.4');
    const users = await kubectl('path/kubectl', 'v1.32.4-dispatcher');
    expect((await find()).tools).to.deep.equal({ kubectl: ours, kubectlOnPath: users });
  });

  it('knows the oldest client by its version, or by the place where it was unpacked', async () => {
    const onPath = await kubectl('path/kubectl', 'v1.20.2');
    expect((await find()).tools).to.deep.equal({ kubectlOld: onPath });
    await rm(onPath);
    const unpacked = await kubectl('cache/inferno/kube-tools/debian/usr/bin/kubectl', 'v1.20.2');
    expect((await find()).tools).to.deep.equal({ kubectlOld: unpacked });
  });

  it('passes over what is there and cannot be run', async () => {
    const file = await program('path/etcd', 'etcd');
    await chmod(file, 0o644);
    await mkdir(join(folder, 'path', 'kubectl'));
    expect((await find()).missing).to.deep.equal(all);
  });
});
