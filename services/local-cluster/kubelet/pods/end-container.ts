import type { Clock } from '#shared/clock/clock.js';
import type { RunningContainer } from '../runtime/container-runtime.js';

/** SIGTERM now, SIGKILL `extraMs` after the deadline has aborted. Resolves when the container has ended, whichever did it. */
export async function endContainer(
  running: RunningContainer,
  deadline: AbortSignal,
  clock: Clock,
  extraMs: number,
): Promise<void> {
  let cancelKill: () => void = () => undefined;
  const killLater = (): void => {
    cancelKill = clock.schedule(extraMs, () => running.kill());
  };
  running.terminate();
  if (deadline.aborted) killLater();
  else deadline.addEventListener('abort', killLater, { once: true });
  await running.exited;
  deadline.removeEventListener('abort', killLater);
  cancelKill();
}
