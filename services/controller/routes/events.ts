import { Router, type Response } from 'express';
import type { Clock } from '#shared/clock/clock.js';
import type { CycleRecord } from '#shared/contracts/controller.js';
import { ServiceError } from '#shared/http/service-error.js';
import type { ControlLoop } from '../cycle/control-loop.js';

export interface EventStream {
  router: Router;
  /** Ends all streams. */
  close(): void;
}

const MOST_CLIENTS = 64;
const HEARTBEAT_MS = 15_000;
/** A client that does not read must not make us keep all cycles for it. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024;

/** `GET /events`: server-sent events, `cycle` with the record of each finished cycle. */
export function createEventStream(loop: ControlLoop, clock: Clock): EventStream {
  const clients = new Set<Response>();
  let closed = false;
  let cancelHeartbeat = (): void => undefined;

  const send = (text: string): void => {
    for (const client of clients) {
      if (client.writableLength > MOST_UNREAD_BYTES) client.destroy();
      else client.write(text);
    }
  };
  const beat = (): void => {
    send(': \n\n');
    cancelHeartbeat = clock.schedule(HEARTBEAT_MS, beat);
  };
  const leave = (client: Response): void => {
    clients.delete(client);
    if (clients.size === 0) cancelHeartbeat();
  };
  const stopListening = loop.onCycle((record) => send(eventOf(record)));

  const router = Router();
  router.get('/events', (request, response) => {
    if (closed) throw new ServiceError('UNAVAILABLE', 'the controller is stopping');
    if (clients.size >= MOST_CLIENTS) throw new ServiceError('UNAVAILABLE', `${MOST_CLIENTS} clients listen already`);
    response.status(200).set({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });
    response.flushHeaders();
    request.socket.setTimeout(0);
    if (clients.size === 0) cancelHeartbeat = clock.schedule(HEARTBEAT_MS, beat);
    clients.add(response);
    response.once('close', () => leave(response));
  });
  return {
    router,
    close: () => {
      closed = true;
      stopListening();
      for (const client of clients) client.end();
      cancelHeartbeat();
    },
  };
}

function eventOf(record: CycleRecord): string {
  return `id: ${record.cycle}\nevent: cycle\ndata: ${JSON.stringify(record)}\n\n`;
}
