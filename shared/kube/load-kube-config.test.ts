import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';

const POD_VARIABLES = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

describe('loadKubeConfig, without KUBECONFIG and ~/.kube/config', () => {
  const names = ['HOME', ...Object.keys(POD_VARIABLES)];
  let before: (readonly [string, string | undefined])[] = [];
  let root = '';

  beforeEach(() => {
    before = names.map((name) => [name, process.env[name]] as const);
    root = mkdtempSync(join(tmpdir(), 'inferno-kube-'));
    for (const name of names) Reflect.deleteProperty(process.env, name);
    process.env['HOME'] = root;
  });
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    rmSync(root, { recursive: true });
  });

  function mountAccount(files: readonly string[]): void {
    const folder = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
    mkdirSync(folder, { recursive: true });
    for (const file of files) writeFileSync(join(folder, file), 'x');
  }

  it('outside a pod: says at once what was tried', () => {
    expect(() => loadKubeConfig('', root)).to.throw(/KUBECONFIG is not set, .*\.kube\/config does not exist, and this is no pod/);
    expect(() => loadKubeConfig('', root)).to.throw('KUBERNETES_SERVICE_HOST is not set');
  });

  it('in a pod without a token: names the file', () => {
    Object.assign(process.env, POD_VARIABLES);
    mountAccount(['ca.crt']);
    expect(() => loadKubeConfig('', root)).to.throw(/no .*serviceaccount\/token/);
  });

  it('in a pod: its own account', () => {
    Object.assign(process.env, POD_VARIABLES);
    mountAccount(['ca.crt', 'token']);
    expect(loadKubeConfig('', root).getCurrentCluster()?.server).to.equal('https://10.0.0.1:443');
  });
});
