import type { Worker } from 'node:worker_threads';

/** A thread that is asked one thing at a time. */
export interface ReusableThread<Q, A> {
  /**
   * The first message after the question is its answer. What is given up ends with its thread, for nothing reaches a thread that
   * works; so does one that fails. The next question starts another.
   * @throws the signal's reason; ThreadFailure
   */
  ask(question: Q, signal: AbortSignal): Promise<A>;
  /** Ends the thread, in the middle of its work too. */
  end(): Promise<void>;
}

/** The thread came to its end before its answer; the cause is what was thrown there, if anything was. */
export class ThreadFailure extends Error {
  override readonly name = 'ThreadFailure';
}

/** Started when it is first needed, and kept; while nobody asks, it does not keep the process from its end. */
export function createReusableThread<Q, A>(start: () => Worker): ReusableThread<Q, A> {
  let worker: Worker | null = null;

  const started = (): Worker => {
    const fresh = start();
    const forget = (): void => {
      if (worker === fresh) worker = null;
    };
    // Also between two questions: an error that nobody listens to would end the process.
    fresh.on('error', forget).on('exit', forget);
    fresh.unref();
    return fresh;
  };

  return {
    ask: async (question, signal) => {
      signal.throwIfAborted();
      const asked = (worker ??= started());
      const done = new AbortController();
      try {
        return await new Promise<A>((resolve, reject) => {
          const onError = (cause: unknown): void => reject(new ThreadFailure('its thread failed', { cause }));
          const onExit = (): void => reject(new ThreadFailure('its thread ended'));
          const onAbort = (): void => reject(signal.reason as Error);
          asked.on('message', resolve).on('messageerror', onError).on('error', onError).on('exit', onExit);
          signal.addEventListener('abort', onAbort);
          done.signal.addEventListener('abort', () => {
            asked.off('message', resolve).off('messageerror', onError).off('error', onError).off('exit', onExit);
            signal.removeEventListener('abort', onAbort);
          });
          asked.ref();
          asked.postMessage(question);
        });
      } catch (error) {
        await asked.terminate();
        throw error;
      } finally {
        done.abort();
        asked.unref();
      }
    },
    end: async () => {
      await worker?.terminate();
    },
  };
}
