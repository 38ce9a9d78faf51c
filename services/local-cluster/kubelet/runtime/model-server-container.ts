import type { Clock } from '#shared/clock/clock.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import type { ModelServerOptions } from '../../model-server/options.js';
import type { OfferedLoad } from '../load/offered-load.js';
import type { LogSink } from '../logs/container-log.js';
import { ContainerStartError, type ContainerExit, type RunningContainer } from './container-runtime.js';
import { KILLED } from './idle-container.js';
import type { ModelServerParameters } from './model-server-parameters.js';

/** What the kubelet needs of a simulated model server. */
export interface ModelServerHandle {
  setOfferedLoad(load: OfferedLoad | undefined): void;
  /** Takes no more requests; resolves when those that run have finished. */
  drain(): Promise<void>;
  /** Ends at once what still runs, and listens no more. */
  close(): Promise<void>;
}

export type StartModelServer = (options: ModelServerOptions) => Promise<ModelServerHandle>;

export interface ModelServerStart {
  parameters: ModelServerParameters;
  /** Where to listen. */
  ip: string;
  port: number;
  kvCapacityTokens: number;
  log: LogSink;
}

/** Runs a simulated model server as a container: SIGTERM drains it, and it exits when its last request has finished. */
export async function startModelServerContainer(
  start: StartModelServer,
  clock: Clock,
  { parameters, ip, port, kvCapacityTokens, log }: ModelServerStart,
): Promise<RunningContainer> {
  const { modelName, maxBatch, accelerator, startupDelayMs } = parameters;
  log.write(
    `INFO simulated engine for ${modelName} on ${accelerator}: max_num_seqs=${maxBatch}, KV cache ${kvCapacityTokens} tokens, ` +
      `ready in ${startupDelayMs / 1000} s`,
  );
  const server = await start({
    address: ip,
    port,
    modelName,
    maxBatch,
    kvCapacityTokens,
    startupDelayMs,
    errorFactor: parameters.errorFactor,
    noise: parameters.noise,
    seed: parameters.seed,
    prefixHitRate: parameters.prefixHitRate,
    clock,
    logger: logLines(log),
    ...performance(parameters),
  }).catch((cause: unknown) => {
    log.write(`ERROR ${errorText(cause)}`);
    const reason = cause instanceof RangeError ? 'CreateContainerConfigError' : 'RunContainerError';
    throw new ContainerStartError(reason, errorText(cause), { cause });
  });

  let exit: (result: ContainerExit) => void = () => undefined;
  const exited = new Promise<ContainerExit>((resolve) => {
    exit = resolve;
  });
  let offered: OfferedLoad | undefined;
  let ending = false;

  // After the delay the server is ready by itself; this only says so.
  const cancelReadyLine = clock.schedule(startupDelayMs, () => log.write('INFO ready to serve'));

  function end(result: ContainerExit): void {
    cancelReadyLine();
    server.close().then(
      () => exit(result),
      (error: unknown) => exit({ exitCode: 1, reason: 'Error', message: errorText(error) }),
    );
  }

  return {
    exited,
    terminate: () => {
      if (ending) return;
      ending = true;
      log.write('INFO SIGTERM: draining, running requests finish');
      server.drain().then(
        () => {
          log.write('INFO drained, shutting down');
          end({ exitCode: 0, reason: 'Completed' });
        },
        (error: unknown) => end({ exitCode: 1, reason: 'Error', message: errorText(error) }),
      );
    },
    kill: () => {
      ending = true;
      end(KILLED);
    },
    offerLoad: (load) => {
      // Telling it the same again would draw the wait for the next arrival anew.
      if (ending || isSameLoad(load, offered)) return;
      offered = load;
      log.write(`INFO offered load: ${describeLoad(load)}`);
      server.setOfferedLoad(load);
    },
  };
}

function performance({ perf }: ModelServerParameters) {
  if (perf.perfParms !== undefined) return { perfParms: perf.perfParms };
  const { decodeParms, prefillParms } = perf;
  if (decodeParms === undefined || prefillParms === undefined) throw new RangeError('no performance parameters');
  return { decodeParms, prefillParms };
}

function isSameLoad(a: OfferedLoad | undefined, b: OfferedLoad | undefined): boolean {
  return (
    a?.arrivalRatePerMin === b?.arrivalRatePerMin && a?.avgInTokens === b?.avgInTokens && a?.avgOutTokens === b?.avgOutTokens
  );
}

function describeLoad(load: OfferedLoad | undefined): string {
  if (load === undefined) return 'none';
  const { arrivalRatePerMin, avgInTokens, avgOutTokens } = load;
  return `${arrivalRatePerMin.toFixed(2)} requests/min of ${avgInTokens} input and ${avgOutTokens} output tokens`;
}

/** The server's own log lines become lines of its container's log. */
function logLines(log: LogSink): Logger {
  const line = (severity: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    const details = Object.entries(fields ?? {}).map(
      ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    log.write(`${severity} ${message}${details.join('')}`);
  };
  return { debug: () => undefined, info: line('INFO'), warn: line('WARNING'), error: line('ERROR') };
}
