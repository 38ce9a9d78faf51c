import type { Clock } from '#shared/clock/clock.js';
import { labelOrAnnotation, labels } from '#shared/kube/names.js';
import type { Deployment } from '#shared/kube/wire.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { planStep, type WalkOptions } from './core/walk.js';
import type { LoadStore } from './ports.js';

export interface EmulatorOptions extends WalkOptions {
  store: LoadStore;
  clock: Clock;
  logger: Logger;
  intervalMs: number;
}

export interface Emulator {
  /** The first step comes after one interval, so that a restart adds none. */
  start(): void;
  stop(): Promise<void>;
}

/** Somebody else writes the same object all the time: the next step has its turn. */
const MOST_TRIES = 5;

/** Walks the load of every managed Deployment that declares one, step by step. One that fails stops no other. */
export function createEmulator(options: EmulatorOptions): Emulator {
  const { store, clock, logger, intervalMs } = options;
  let cancelTimer = (): void => undefined;
  let stopped = false;
  let running = Promise.resolve();
  let step = 0;

  async function walkAll(): Promise<void> {
    let deployments: readonly Deployment[];
    try {
      deployments = await store.list();
    } catch (error) {
      logger.warn('the Deployments cannot be listed; tried again at the next step', { error: errorText(error) });
      return;
    }
    for (const deployment of deployments) {
      if (stopped) return;
      const full = `${deployment.metadata?.namespace ?? ''}/${deployment.metadata?.name ?? ''}`;
      try {
        const load = await walk(deployment, full);
        if (load !== undefined) logger.info(`${full}: step ${step}`, load);
      } catch (error) {
        logger.warn(`${full}: its load stays`, { error: errorText(error) });
      }
    }
    step++;
  }

  async function walk(listed: Deployment, full: string): Promise<Record<string, string> | undefined> {
    let deployment: Deployment | undefined = listed;
    for (let attempt = 1; attempt <= MOST_TRIES && deployment !== undefined; attempt++) {
      const server = labelOrAnnotation(deployment.metadata, labels.name) ?? full;
      const patch = planStep(deployment.metadata, server, step, options);
      if (patch === undefined) return undefined;
      if (await store.write(deployment, patch)) return patch.metadata.labels;
      deployment = await store.reread(deployment);
    }
    if (deployment !== undefined) throw new Error(`it changed under each of ${MOST_TRIES} tries`);
    return undefined;
  }

  function run(): void {
    const startedMs = clock.now();
    running = walkAll().then(() => {
      if (!stopped) cancelTimer = clock.schedule(Math.max(0, intervalMs - (clock.now() - startedMs)), run);
    });
  }

  return {
    start: () => {
      cancelTimer = clock.schedule(intervalMs, run);
    },
    stop: async () => {
      stopped = true;
      cancelTimer();
      await running;
    },
  };
}
