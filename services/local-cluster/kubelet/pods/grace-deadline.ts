import type { Clock } from '#shared/clock/clock.js';

/** When the grace period of a pod ends; a second delete may bring it forward, never put it off. */
export class GraceDeadline {
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  #endMs: number;
  #cancel: () => void;

  constructor(clock: Clock, graceMs: number) {
    this.#clock = clock;
    this.#endMs = clock.now() + graceMs;
    this.#cancel = this.#schedule();
  }

  /** Aborts when the grace period is over. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** `graceMs` from now, unless it ends sooner anyway. */
  shortenTo(graceMs: number): void {
    const endMs = this.#clock.now() + graceMs;
    if (endMs >= this.#endMs || this.#ended.signal.aborted) return;
    this.#endMs = endMs;
    this.#cancel();
    this.#cancel = this.#schedule();
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.#cancel();
  }

  #schedule(): () => void {
    return this.#clock.schedule(Math.max(0, this.#endMs - this.#clock.now()), () =>
      this.#ended.abort(new Error('the grace period is over')),
    );
  }
}
