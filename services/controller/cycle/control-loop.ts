import type { CycleRecord, CycleTrigger, ServerExplanation } from '#shared/contracts/controller.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { NO_STATE, type GuardState } from '../core/guard-memory.js';
import { isToBeWoken } from './wake.js';
import type { CycleLog } from '../ports.js';
import { createCycleQueue } from './cycle-queue.js';
import { runCycle, type CycleDeps, type CycleOutcome } from './run-cycle.js';

export interface ControlLoopOptions extends CycleDeps {
  log: CycleLog;
  logger: Logger;
  /** Cycles that may wait for the one that runs. */
  mostWaiting: number;
  /** Finished cycles that are remembered. */
  history: number;
}

export interface ControlLoop {
  /** Runs a cycle when those before it are done. @throws ServiceError UNAVAILABLE: too many wait, or it is stopping */
  run(trigger: CycleTrigger, dryRun?: boolean): Promise<CycleOutcome>;
  /**
   * A partial cycle in the same queue, which gives a server without replicas its first one; undefined: it has some already.
   * @throws ServiceError NOT_FOUND, CONFLICT (held by hand), UNAVAILABLE as above, or of a collector that does not answer
   */
  wake(server: string): Promise<CycleOutcome | undefined>;
  /** Runs a cycle unless one runs or waits already: then the tick is skipped, and undefined what it resolves to. Never rejects. */
  tick(trigger: CycleTrigger): Promise<CycleOutcome | undefined>;
  /** The latest first; dry runs are not among them. */
  recent(limit: number): CycleRecord[];
  /** The latest cycle that came to a decision. */
  readonly decided:
    { readonly record: CycleRecord; readonly explanations: Readonly<Record<string, ServerExplanation>> } | undefined;
  /** Called with every finished cycle that was no dry run. */
  onCycle(listener: (record: CycleRecord) => void): () => void;
  onSkippedTick(listener: () => void): void;
  /** Aborts the running cycle and refuses all others. */
  stop(): Promise<void>;
}

/** The cycles one after the other, and what is known from them. */
export function createControlLoop(options: ControlLoopOptions): ControlLoop {
  const { log, logger } = options;
  const queue = createCycleQueue(options.mostWaiting);
  const abort = new AbortController();
  const cycleListeners = new Set<(record: CycleRecord) => void>();
  const skipListeners = new Set<() => void>();
  const history: CycleRecord[] = [];
  let state: GuardState = NO_STATE;
  let started = 0;
  let decided: ControlLoop['decided'];

  async function runNow(trigger: CycleTrigger, dryRun: boolean): Promise<CycleOutcome> {
    const cycle = ++started;
    const outcome = await runCycle(options, { cycle, trigger, dryRun, state, signal: abort.signal });
    // A dry run leaves nothing behind: no state of the guard, no history, no event.
    if (!dryRun) await finish(outcome);
    return outcome;
  }

  async function wakeNow(server: string): Promise<CycleOutcome | undefined> {
    const { signal } = abort;
    if (!isToBeWoken(await options.collector.collect(signal), server)) return undefined;
    const order = { cycle: ++started, trigger: 'wake', dryRun: false, wakes: server, state, signal } as const;
    const outcome = await runCycle(options, order);
    // It knows of one server only: no window counts it, and what the last whole cycle said of the others stays.
    const explanation = outcome.decided?.explanations[server];
    if (decided !== undefined && explanation !== undefined) {
      decided = { ...decided, explanations: { ...decided.explanations, [server]: explanation } };
    }
    await finish({ ...outcome, decided: undefined });
    return outcome;
  }

  async function finish({ record, decided: result }: CycleOutcome): Promise<void> {
    if (result !== undefined) {
      ({ state } = result);
      decided = { record, explanations: result.explanations };
    }
    history.unshift(record);
    history.length = Math.min(history.length, options.history);
    logCycle(record, logger);
    for (const listener of cycleListeners) listener(record);
    try {
      await log.append(record);
    } catch (error) {
      logger.warn('the cycle log could not be written', { error: errorText(error) });
    }
  }

  return {
    run: (trigger, dryRun = false) => queue.run(() => runNow(trigger, dryRun)),
    wake: (server) => queue.run(() => wakeNow(server)),
    tick: async (trigger) => {
      if (queue.isBusy) {
        logger.warn('a cycle was due while another one ran: skipped');
        for (const listener of skipListeners) listener();
        return undefined;
      }
      try {
        return await queue.run(() => runNow(trigger, false));
      } catch (error) {
        logger.warn('no cycle', { error: errorText(error) });
        return undefined;
      }
    },
    recent: (limit) => history.slice(0, limit),
    get decided() {
      return decided;
    },
    onCycle: (listener) => {
      cycleListeners.add(listener);
      return () => cycleListeners.delete(listener);
    },
    onSkippedTick: (listener) => void skipListeners.add(listener),
    stop: async () => {
      abort.abort(new Error('the controller is stopping'));
      await queue.close();
    },
  };
}

/** One line for the cycle, and one for each server that something happens to, with the numbers behind it. */
function logCycle(record: CycleRecord, logger: Logger): void {
  const { cycle, trigger, outcome, reason, paused, cost, timingsMs } = record;
  const fields = { trigger, ...(paused ? { paused } : {}), cost: Math.round(cost.planned), ms: timingsMs.total };
  if (outcome === 'failed') logger.warn(`cycle ${cycle} failed: ${reason}`, { trigger });
  else logger.info(`cycle ${cycle}: ${reason}`, fields);
  for (const [server, { verdict }] of Object.entries(record.servers)) {
    const line = `${server}: ${verdict.action}: ${verdict.reason}`;
    if (verdict.action === 'keep') logger.debug(line);
    else logger.info(line);
  }
  for (const [server, { status, reason: why }] of Object.entries(record.results)) {
    if (status !== 'applied' && status !== 'unchanged') logger.warn(`${server}: ${status}: ${why}`);
  }
  for (const { object, reason: why } of record.problems) logger.warn(`${object}: ${why}`);
  for (const warning of record.warnings) logger.warn(warning);
}
