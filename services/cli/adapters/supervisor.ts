import type { Clock } from '#shared/clock/clock.js';
import { type Child, type ChildSpec, startChild } from './child-process.js';

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
}

/** Keeps the services running: one that dies is started again, with a growing delay while it keeps dying. */
export function createSupervisor({ clock, onLine, onNotice }: SupervisorOptions): Supervisor {
  const running = new Map<string, Child>();
  const restarts = new Map<string, () => void>();
  let stopping = false;

  function launch(spec: ChildSpec, delayMs: number, isFirst: boolean): void {
    const startedMs = clock.now();
    const onExit = (name: string, how: string): void => {
      if (stopping) return;
      const nextDelayMs = clock.now() - startedMs > SETTLED_AFTER_MS ? FIRST_RESTART_DELAY_MS : delayMs;
      onNotice(`${name} ended (${how}); starting it again in ${nextDelayMs / 1000} s (log: ${spec.logFile})`, false);
      const restart = (): void => launch(spec, Math.min(nextDelayMs * 2, LONGEST_RESTART_DELAY_MS), false);
      restarts.set(name, clock.schedule(nextDelayMs, restart));
    };
    const child = startChild(spec, { onLine, onExit });
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
