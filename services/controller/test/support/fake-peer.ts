import express, { type Request, type Response } from 'express';
import { listen } from '#shared/http/listen.js';

export type Answer = (request: Request, response: Response) => void;

export interface FakePeer {
  url: string;
  /** Requests answered or not, as `POST /update`. */
  requests: string[];
  /** Stands in for the usual answers until it is taken back. */
  misbehave(answer: Answer | undefined): void;
  close(): Promise<void>;
}

/** A peer on a free port of loopback that answers as told. */
export async function startFakePeer(answer: Answer, port = 0): Promise<FakePeer> {
  let fault: Answer | undefined;
  const requests: string[] = [];
  const app = express();
  app.use(express.json({ limit: '16mb' }));
  app.use((request, response) => {
    requests.push(`${request.method} ${request.path}`);
    (fault ?? answer)(request, response);
  });
  const listening = await listen(app, { host: '127.0.0.1', port, portVariable: 'none' });
  return {
    url: listening.url,
    requests,
    misbehave: (other) => {
      fault = other;
    },
    close: () => listening.close(0),
  };
}

interface Fault {
  name: string;
  answer: Answer;
  status: number;
  /** A part of the reason. */
  reason: RegExp;
  /** Where the fault is to be late: how long the controller is to wait. */
  timeoutSec?: number;
}

/** Ways in which a peer fails, and how the controller must name it. */
export const faults: readonly Fault[] = [
  {
    name: 'answers 500',
    answer: (_, response) => void response.status(500).json({ error: {} }),
    status: 502,
    reason: /answered 500/,
  },
  {
    name: 'answers HTML',
    answer: (_, response) => void response.type('html').send('<html><body>It works!</body></html>'),
    status: 502,
    reason: /breaks its contract/,
  },
  {
    name: 'answers JSON that breaks the contract',
    answer: (_, response) => void response.json({ servers: 3, allocations: [], results: 'fine' }),
    status: 502,
    reason: /breaks its contract/,
  },
  { name: 'does not answer in time', answer: () => undefined, status: 504, reason: /no answer within 1000 ms/, timeoutSec: 1 },
  {
    name: 'trickles its answer',
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
      response.write('{"servers":[');
    },
    status: 504,
    reason: /no answer within 1000 ms/,
    timeoutSec: 1,
  },
  {
    name: 'dies in the middle of its answer',
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
      response.write('{"servers":[', () => response.socket?.destroy());
    },
    status: 502,
    reason: /GET|POST/,
  },
];
