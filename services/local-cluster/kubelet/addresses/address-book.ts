import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { candidateAddresses, isPoolAddress } from './loopback-pool.js';

/** Annotation of a pod: its port on this machine, where all pods share 127.0.0.1. */
export const PORT_ANNOTATION = 'inferno.local-cluster/port';

/** Where a pod is reached. */
export interface PodAddress {
  readonly ip: string;
  /** The port of this machine behind a container's port. */
  portOf(containerPort: number): number;
  /** What `PORT_ANNOTATION` must say; undefined where the container's port is the port. */
  readonly annotatedPort: number | undefined;
}

export interface AddressRequest {
  /** The pod's uid. */
  owner: string;
  /** The address it had before, taken again if it is free. */
  preferred: string | undefined;
  /** TCP ports that its containers listen on. */
  ports: readonly number[];
}

export interface AddressBook {
  /** @throws Error saying which port is taken where, when no address has all of the ports free */
  acquire(request: AddressRequest): Promise<PodAddress>;
  release(owner: string): void;
}

export type BindCheck = (address: string, port: number) => Promise<'free' | 'taken' | 'no-such-address'>;

const ATTEMPTS = 64;
const SHARED_ADDRESS = '127.0.0.1';

/**
 * The one place that decides a pod's address. Each pod gets an address of 127.0.0.0/8 of its own and keeps its containers' ports, as
 * in a cluster. An address counts as free if no pod of ours has it and its ports can be bound, so several clusters can live on
 * one machine. Where the system has 127.0.0.1 alone (macOS), a pod gets a free port instead, named in an annotation.
 */
export async function createAddressBook(check: BindCheck = checkBind): Promise<AddressBook> {
  const hasOwnAddresses = (await check('127.16.0.1', 0)) !== 'no-such-address';
  const ownerOf = new Map<string, string>();
  const addressOf = new Map<string, string>();

  async function isFree(address: string, ports: readonly number[]): Promise<boolean> {
    for (const port of ports) if ((await check(address, port)) !== 'free') return false;
    return true;
  }

  async function acquireOwn({ owner, preferred, ports }: AddressRequest): Promise<PodAddress> {
    const kept = addressOf.get(owner);
    const first = kept ?? (preferred !== undefined && isPoolAddress(preferred) ? preferred : undefined);
    for (const ip of new Set([...(first === undefined ? [] : [first]), ...candidateAddresses(owner, ATTEMPTS)])) {
      if (ownerOf.has(ip) && ownerOf.get(ip) !== owner) continue;
      // Claimed before the check, which waits: two pods must not be given the address that both found free.
      ownerOf.set(ip, owner);
      if (await isFree(ip, ports)) {
        if (kept !== undefined && kept !== ip) ownerOf.delete(kept);
        addressOf.set(owner, ip);
        return { ip, portOf: (containerPort) => containerPort, annotatedPort: undefined };
      }
      ownerOf.delete(ip);
    }
    throw new Error(
      `port ${ports.join(', ')} is taken on each of ${ATTEMPTS} loopback addresses; does a program listen on it at 0.0.0.0?`,
    );
  }

  return {
    acquire: async (request) => {
      if (hasOwnAddresses) return acquireOwn(request);
      const [mapped] = request.ports;
      const port = mapped === undefined ? undefined : await freePort();
      return {
        ip: SHARED_ADDRESS,
        portOf: (containerPort) => (containerPort === mapped && port !== undefined ? port : containerPort),
        annotatedPort: port,
      };
    },
    release: (owner) => {
      const address = addressOf.get(owner);
      addressOf.delete(owner);
      if (address !== undefined) ownerOf.delete(address);
    },
  };
}

function checkBind(address: string, port: number): ReturnType<BindCheck> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRNOTAVAIL' ? 'no-such-address' : 'taken'));
    server.listen(port, address, () => server.close(() => resolve('free')));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, SHARED_ADDRESS, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
