import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface ServerIdentity {
  /** The authority's certificate, for the kubeconfig. */
  caCert: string;
  cert: string;
  key: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const CA_LIFE_MS = 3650 * DAY_MS;
const SERVER_LIFE_MS = 365 * DAY_MS;
const RENEW_BEFORE_MS = 30 * DAY_MS;

interface KeyPair {
  cert: string;
  key: string;
}

/**
 * The cluster's own certificate authority and its server certificate, made on the first start and kept. A server certificate that
 * is about to expire, or does not name the host, is made anew; the authority, and with it every kubeconfig, stays.
 */
export async function loadServerIdentity(folder: string, host: string, nowMs: number): Promise<ServerIdentity> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ca = readPair(folder, 'ca') ?? (await makeAuthority(folder, nowMs));
  const kept = readPair(folder, 'server');
  const isUsable = kept !== undefined && isGood(kept, ca, host, nowMs);
  const server = isUsable ? kept : await makeServerPair(folder, ca, host, nowMs);
  return { caCert: ca.cert, ...server };
}

async function makeAuthority(folder: string, nowMs: number): Promise<KeyPair> {
  const pair = await generate([{ name: 'commonName', value: 'inferno-local-cluster-ca' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + CA_LIFE_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  return writePair(folder, 'ca', { cert: pair.cert, key: pair.private });
}

async function makeServerPair(folder: string, ca: KeyPair, host: string, nowMs: number): Promise<KeyPair> {
  const hosts = [...new Set(['127.0.0.1', 'localhost', host])];
  const pair = await generate([{ name: 'commonName', value: 'inferno-local-cluster' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + SERVER_LIFE_MS),
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  });
  return writePair(folder, 'server', { cert: pair.cert, key: pair.private });
}

function isGood({ cert }: KeyPair, ca: KeyPair, host: string, nowMs: number): boolean {
  const certificate = new X509Certificate(cert);
  const namesHost = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  const isFresh = Date.parse(certificate.validTo) - nowMs > RENEW_BEFORE_MS;
  return namesHost !== undefined && isFresh && certificate.checkIssued(new X509Certificate(ca.cert));
}

function readPair(folder: string, name: string): KeyPair | undefined {
  const [certPath, keyPath] = pathsOf(folder, name);
  if (!existsSync(certPath) || !existsSync(keyPath)) return undefined;
  return { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
}

function writePair(folder: string, name: string, pair: KeyPair): KeyPair {
  const [certPath, keyPath] = pathsOf(folder, name);
  writeFileSync(keyPath, pair.key, { mode: 0o600 });
  writeFileSync(certPath, pair.cert, { mode: 0o600 });
  return pair;
}

function pathsOf(folder: string, name: string): [cert: string, key: string] {
  return [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
}
