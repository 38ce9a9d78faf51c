import type { Express } from 'express';
import type { Registry } from 'prom-client';
import type { Clock } from '#shared/clock/clock.js';
import type { Logger } from '#shared/observe/logger.js';
import { openCycleLog } from './adapters/cycle-log.js';
import { cronTimetable } from './adapters/cron-timetable.js';
import { openDataFiles } from './adapters/data-files.js';
import { createActuator, createCollector, createOptimizer } from './adapters/peers.js';
import { createBoundsResolver } from './adapters/scheduled-bounds.js';
import { createApp } from './app.js';
import { LEAST_PART_OF_TIME } from './core/window.js';
import { createControlLoop } from './cycle/control-loop.js';
import { observeCycles } from './cycle/cycle-metrics.js';
import { createEarlyRetry } from './cycle/early-retry.js';
import { createTicker, everyMs, onDemandOnly } from './cycle/ticker.js';
import { createEventStream } from './routes/events.js';

export interface ControllerOptions {
  collectorUrl: string;
  optimizerUrl: string;
  actuatorUrl: string;
  dataPath: string;
  dynamic: boolean;
  /** 0: cycles run on demand only. */
  periodSec: number;
  /** A cron expression instead of the period; empty: none. */
  schedule: string;
  /** Path of the JSON-lines log; empty: none. */
  cycleLog: string;
  recommendOnly: boolean;
  stabilizationCycles: number;
  scaleDownMargin: number;
  cooldownSec: number;
  batchHysteresis: number;
  startTimeoutSec: number;
  /** 0: no ceiling. */
  maxCostPerHr: number;
  /** 0: no ceiling. */
  maxReplicaChanges: number;
  queue: number;
  history: number;
  collectTimeoutSec: number;
  optimizeTimeoutSec: number;
  actuateTimeoutSec: number;
  apiToken: string;
  clock: Clock;
  logger: Logger;
  registry: Registry;
}

export interface Controller {
  app: Express;
  /** Begins the periodic cycles, the first at once. */
  start(): void;
  /** Ends the streams, aborts a running cycle and stops ticking; to be called before the listener is closed. */
  stop(): Promise<void>;
}

/**
 * The controller, without its listener.
 * @throws ContractError when a data file cannot be used
 * @throws ServiceError when the cycle log cannot be written
 */
export async function createController(options: ControllerOptions): Promise<Controller> {
  const { clock, logger, registry, apiToken, dataPath, dynamic, periodSec, schedule, history } = options;
  const peer = (baseUrl: string, timeoutSec: number) => ({ baseUrl, timeoutMs: timeoutSec * 1000, apiToken, clock });
  const actuator = createActuator(peer(options.actuatorUrl, options.actuateTimeoutSec));
  const collector = createCollector(peer(options.collectorUrl, options.collectTimeoutSec));
  const loop = createControlLoop({
    data: await openDataFiles({ folder: dataPath, dynamic, logger }),
    collector,
    optimizer: createOptimizer(peer(options.optimizerUrl, options.optimizeTimeoutSec)),
    actuator,
    guard: {
      stabilizationCycles: options.stabilizationCycles,
      windowStepMs: schedule !== '' ? Infinity : LEAST_PART_OF_TIME * periodSec * 1000,
      scaleDownMargin: options.scaleDownMargin,
      cooldownMs: options.cooldownSec * 1000,
      batchHysteresis: options.batchHysteresis,
      startTimeoutMs: options.startTimeoutSec * 1000,
      maxCostPerHr: orNoCeiling(options.maxCostPerHr),
      maxReplicaChanges: orNoCeiling(options.maxReplicaChanges),
    },
    boundsAt: createBoundsResolver(),
    recommendOnly: options.recommendOnly,
    log: await openCycleLog(options.cycleLog),
    mostWaiting: options.queue,
    history,
    clock,
    logger,
  });
  observeCycles(loop, registry);

  const trigger = schedule === '' ? 'period' : 'schedule';
  const timetable = schedule !== '' ? cronTimetable(schedule) : periodSec > 0 ? everyMs(periodSec * 1000) : onDemandOnly;
  const ticker = createTicker(clock, timetable, () => periodic.begin());
  const periodic = createEarlyRetry({ clock, run: () => loop.tick(trigger), nextAtMs: () => ticker.nextAtMs });
  const events = createEventStream(loop, clock);
  return {
    app: createApp({
      loop,
      collector,
      actuator,
      events,
      nextCycleAt: () => periodic.dueAtMs ?? ticker.nextAtMs,
      history,
      apiToken,
      logger,
      registry,
    }),
    start: () => {
      ticker.start();
      if (schedule === '' && periodSec > 0) periodic.begin();
    },
    stop: async () => {
      ticker.stop();
      periodic.stop();
      events.close();
      await loop.stop();
    },
  };
}

function orNoCeiling(value: number): number {
  return value === 0 ? Infinity : value;
}
