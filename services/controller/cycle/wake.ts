import type { CollectResponse } from '#shared/contracts/loop.js';
import { ServiceError } from '#shared/http/service-error.js';

/**
 * Whether a server is to be woken: it has no replicas.
 * @throws ServiceError NOT_FOUND: no such server; CONFLICT: it is held by hand
 */
export function isToBeWoken({ status, control }: CollectResponse, name: string): boolean {
  const server = Object.hasOwn(status, name) ? status[name] : undefined;
  if (server === undefined) {
    throw new ServiceError('NOT_FOUND', `no server "${name}"; known: ${Object.keys(status).join(', ') || 'none'}`);
  }
  if (server.desiredReplicas > 0) return false;
  if (control.paused) throw new ServiceError('CONFLICT', 'everything is paused by hand (POST /resume)');
  if (Object.hasOwn(control.servers, name) && control.servers[name] === true) {
    throw new ServiceError('CONFLICT', `${name} is paused by hand (POST /servers/${encodeURIComponent(name)}/resume)`);
  }
  return true;
}
