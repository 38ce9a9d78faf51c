import { setTimeout as delay } from 'node:timers/promises';

const retryEveryMs = 20;

/**
 * Repeats a check until it holds, for what a cluster brings about in its own time; answers what the check answers.
 * After `withinMs`, which is far more than a loaded machine needs, the last failure of the check is thrown, so that the test names the expectation that was not met.
 */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 40_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await delay(retryEveryMs);
  }
}
