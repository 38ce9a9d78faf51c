import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorText } from '#shared/observe/logger.js';
import type { EngineCounters } from '../engine/engine-types.js';
import type { OfferedLoad } from '../engine/poisson-load.js';
import { deriveSeed, RandomSequence } from '../engine/random.js';
import { type ModelServerOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { RealTimeEngine } from './real-time-engine.js';
import { answerRequest, type ModelServerContext } from './routes.js';
import { VllmMetrics } from './vllm-metrics.js';

/** Spread of the lengths of answers that nothing cuts: standard deviation of the logarithm. */
const NATURAL_SIGMA = 0.5;

export interface ModelServerStats extends EngineCounters {
  phase: 'starting' | 'ready' | 'draining';
  /** Requests that ran to their end, and those that a client gave up. */
  completed: number;
  aborted: number;
}

export interface ModelServer {
  readonly url: string;
  readonly port: number;
  /** Started up and not draining: what /health says. */
  isReady(): boolean;
  /** Requests generated inside from now on (or from readiness, if later); undefined: none. Throws RangeError on bad figures. */
  setOfferedLoad(load: OfferedLoad | undefined): void;
  /** Not ready from now on; what runs and waits goes on. Resolves when it is done, or at `close`. */
  drain(): Promise<void>;
  /** Ends at once: requests that still run lose their connection. Resolves when the port is free. */
  close(): Promise<void>;
  stats(): ModelServerStats;
}

/**
 * A simulated vLLM server on an address of its own. Resolves when it listens, which is before it is ready. Rejects when the port is
 * taken, and with RangeError when an option is out of range.
 */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const resolved = resolveOptions(options);
  const { clock, address, modelName, maxModelLen, logger } = resolved;
  const metrics = new VllmMetrics(resolved);
  const engine = new RealTimeEngine(resolved, metrics);
  let draining = false;
  const phase = (): ModelServerStats['phase'] => (draining ? 'draining' : engine.started() ? 'ready' : 'starting');
  const context: ModelServerContext = {
    engine,
    metrics,
    modelName,
    maxModelLen,
    naturalTokens: naturalTokens(resolved),
    nowMs: () => clock.now(),
    startedS: Math.floor(clock.now() / 1000),
    phase,
  };
  const server = createServer((incoming, response) => {
    if (logger !== undefined && incoming.url?.startsWith('/v1/') === true)
      response.once('close', () => {
        logger.info(`${incoming.method ?? ''} ${incoming.url ?? ''} ${response.statusCode}`);
      });
    void answerRequest(context, incoming, response, (error) => {
      logger?.error('a request failed', { url: incoming.url, error: errorText(error) });
    });
  });
  const port = await listen(server, address, resolved.port);
  return {
    url: `http://${address}:${port}`,
    port,
    isReady: () => phase() === 'ready',
    setOfferedLoad: (load) => {
      if (!draining) engine.setLoad(load);
    },
    drain: () => {
      draining = true;
      return engine.drain();
    },
    close: () => {
      draining = true;
      engine.stop();
      return close(server);
    },
    stats: () => ({ ...engine.counters(), phase: phase(), aborted: metrics.finishedCount('abort') }),
  };
}

/** Lengths of answers nobody cuts, seeded. The sequence is set up by the first request: most servers never get one. */
function naturalTokens({ seed, naturalOutTokens }: ResolvedOptions): () => number {
  let sequence: RandomSequence | undefined;
  return () => {
    sequence ??= new RandomSequence(deriveSeed(seed, 'answers'));
    return Math.max(1, Math.round(sequence.logNormal(naturalOutTokens, NATURAL_SIGMA)));
  };
}

function listen(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is already in use' : errorText(error);
      reject(new Error(`model server cannot listen on ${address}:${port}: ${reason}`, { cause: error }));
    });
    server.listen(port, address, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
