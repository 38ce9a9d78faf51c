import type { Clock } from '#shared/clock/clock.js';
import { EXIT_BAD_INPUT } from '#shared/http/run-service.js';
import { type Child, type ChildExit, type ChildSpec, startChild } from './child-process.js';

const FIRST_RESTART_DELAY_MS = 500;
const LONGEST_RESTART_DELAY_MS = 10_000;
/** A child that ran this long starts with the shortest delay again. */
const SETTLED_AFTER_MS = 30_000;
const STOP_GRACE_MS = 8_000;

export interface Supervisor {
  start(spec: ChildSpec): void;
  /** Stops all, last started first. */
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  clock: Clock;
  onLine: (name: string, line: string) => void;
  /**
   * What the supervisor itself has to say, for example that a child died and when it is started again; `ofStart` for that
   * which is of no interest any more once everything runs.
   */
  onNotice: (notice: string, ofStart: boolean) => void;
  /** A service refused its settings or files at its first start, with these words: it is not started again. */
  onRefused: (name: string, words: string) => void;
}

/** Keeps the services running: one that dies is started again, with a growing delay while it keeps dying. */
export function createSupervisor({ clock, onLine, onNotice, onRefused }: SupervisorOptions): Supervisor {
  const running = new Map<string, Child>();
  const restarts = new Map<string, () => void>();
  let stopping = false;

  function launch(spec: ChildSpec, delayMs: number, isFirst: boolean): void {
    const startedMs = clock.now();
    const onExit = (name: string, { how, code, lastLines }: ChildExit): void => {
      if (stopping) return;
      if (isFirst && code === EXIT_BAD_INPUT) {
        onRefused(name, lastLines.join('\n'));
        return;
      }
      const nextDelayMs = clock.now() - startedMs > SETTLED_AFTER_MS ? FIRST_RESTART_DELAY_MS : delayMs;
      onNotice(`${name} ended (${how}); starting it again in ${nextDelayMs / 1000} s (log: ${spec.logFile})`, false);
      const restart = (): void => launch(spec, Math.min(nextDelayMs * 2, LONGEST_RESTART_DELAY_MS), false);
      restarts.set(name, clock.schedule(nextDelayMs, restart));
    };
    const args = isFirst ? [...spec.args, ...(spec.firstArgs ?? [])] : spec.args;
    const child = startChild({ ...spec, args }, { onLine, onExit });
    running.set(spec.name, child);
    if (child.pid !== undefined) onNotice(`${spec.name} started, pid ${child.pid}`, isFirst);
  }

  return {
    start: (spec) => launch(spec, FIRST_RESTART_DELAY_MS, true),
    stop: async () => {
      stopping = true;
      for (const cancel of restarts.values()) cancel();
      for (const child of [...running.values()].reverse()) await child.stop(STOP_GRACE_MS);
    },
  };
}
