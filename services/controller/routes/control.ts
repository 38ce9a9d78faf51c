import { Router } from 'express';
import type { ControlState } from '#shared/contracts/loop.js';
import { ServiceError } from '#shared/http/service-error.js';
import type { ControlLoop } from '../cycle/control-loop.js';
import type { Actuator } from '../ports.js';
import type { Authorize } from './authorize.js';

/**
 * `POST /pause`, `/resume`, `/servers/:name/pause`, `/servers/:name/resume`. What is paused stands in the cluster, through the
 * actuator, and every cycle obeys what the collector reads of it there, so that it outlives this process.
 */
export function controlRoutes(loop: ControlLoop, actuator: Actuator, authorize: Authorize): Router {
  const router = Router();
  // Read, change, write: one at a time, or two callers would undo each other.
  let last: Promise<unknown> = Promise.resolve();
  const change = (next: (control: ControlState) => ControlState): Promise<ControlState> => {
    const signal = new AbortController().signal;
    const turn = last.then(async () => actuator.writeControl(next(await actuator.readControl(signal)), signal));
    last = turn.catch(() => undefined);
    return turn;
  };

  for (const paused of [true, false]) {
    const verb = paused ? 'pause' : 'resume';
    router.post(`/${verb}`, authorize, async (_request, response) => {
      response.json(await change((control) => ({ ...control, paused })));
    });
    router.post(`/servers/:name/${verb}`, authorize, async (request, response) => {
      const name = String(request.params['name']);
      response.json(await change((control) => withServer(control, name, paused, loop)));
    });
  }
  return router;
}

function withServer(control: ControlState, name: string, paused: boolean, loop: ControlLoop): ControlState {
  const servers = new Map(Object.entries(control.servers));
  const known = loop.decided?.record.servers;
  // Before the first cycle nobody knows what servers there are.
  if (known !== undefined && !Object.hasOwn(known, name) && !servers.has(name)) {
    throw new ServiceError('NOT_FOUND', `no server "${name}"; known: ${Object.keys(known).join(', ') || 'none'}`);
  }
  if (paused) servers.set(name, true);
  else servers.delete(name);
  return { ...control, servers: Object.fromEntries(servers) };
}
