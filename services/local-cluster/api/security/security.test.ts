import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { writeKubeconfig } from './kubeconfig.js';
import { loadServerIdentity } from './tls.js';
import { carriesToken, loadToken } from './token.js';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('keys of the embedded cluster', () => {
  let folder: string;
  const nowMs = Date.parse('2026-01-01T00:00:00Z');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inferno-keys-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('make a server certificate for loopback, signed by an authority of its own', async () => {
    const { caCert, cert } = await loadServerIdentity(folder, '127.0.0.1', nowMs);
    const server = new X509Certificate(cert);
    expect(server.verify(new X509Certificate(caCert).publicKey)).to.equal(true);
    expect(server.checkIP('127.0.0.1')).to.equal('127.0.0.1');
    expect(server.checkHost('localhost')).to.equal('localhost');
    expect(server.checkIP('10.0.0.1')).to.equal(undefined);
  });

  it('are kept', async () => {
    const first = await loadServerIdentity(folder, '127.0.0.1', nowMs);
    expect(await loadServerIdentity(folder, '127.0.0.1', nowMs)).to.deep.equal(first);
    expect(loadToken(folder)).to.equal(loadToken(folder)).and.to.have.length.above(40);
  });

  it('renew a certificate that is about to expire or does not name the host, under the same authority', async () => {
    const first = await loadServerIdentity(folder, '127.0.0.1', nowMs);
    const later = await loadServerIdentity(folder, '127.0.0.1', nowMs + 340 * DAY_MS);
    const elsewhere = await loadServerIdentity(folder, '127.0.0.2', nowMs + 340 * DAY_MS);
    expect([later.caCert, elsewhere.caCert]).to.deep.equal([first.caCert, first.caCert]);
    expect(later.cert).to.not.equal(first.cert);
    expect(new X509Certificate(elsewhere.cert).checkIP('127.0.0.2')).to.equal('127.0.0.2');
  });

  it('are readable by their owner alone', async () => {
    await loadServerIdentity(folder, '127.0.0.1', nowMs);
    loadToken(folder);
    writeKubeconfig(folder, { url: 'https://127.0.0.1:1', caCert: 'c', token: 't' });
    for (const file of ['ca.key', 'server.key', 'token', 'kubeconfig']) {
      expect(statSync(join(folder, file)).mode & 0o777, file).to.equal(0o600);
    }
  });

  it('go into a kubeconfig that the client library reads', async () => {
    const { caCert } = await loadServerIdentity(folder, '127.0.0.1', nowMs);
    const path = writeKubeconfig(folder, { url: 'https://127.0.0.1:3320', caCert, token: 'secret' });
    const config = new KubeConfig();
    config.loadFromFile(path);
    expect(config.getCurrentCluster()?.server).to.equal('https://127.0.0.1:3320');
    expect(config.getCurrentUser()?.token).to.equal('secret');
    expect(Buffer.from(config.getCurrentCluster()?.caData ?? '', 'base64').toString()).to.equal(caCert);
    expect(readFileSync(path, 'utf8')).to.include('current-context: inferno-local');
  });
});

describe('carriesToken', () => {
  const cases: [header: string | undefined, carries: boolean][] = [
    ['Bearer secret', true],
    ['bearer secret', true],
    ['Bearer secret2', false],
    ['Bearer', false],
    ['Basic secret', false],
    ['secret', false],
    ['', false],
    [undefined, false],
  ];
  for (const [header, carries] of cases) {
    it(`${carries ? 'takes' : 'refuses'} ${header ?? 'no header'}`, () =>
      expect(carriesToken(header, 'secret')).to.equal(carries));
  }
});
