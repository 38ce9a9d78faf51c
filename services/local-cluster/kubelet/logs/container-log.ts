import type { Clock } from '#shared/clock/clock.js';

export interface LogLine {
  atMs: number;
  text: string;
}

/** Where a container's output goes. */
export interface LogSink {
  write(text: string): void;
}

/** Bounds of what is kept of one container's output: enough for a look, little for 2 000 pods. */
const MOST_LINES = 2_000;
const MOST_CHARACTERS = 256 * 1024;

/**
 * The output of one life of a container: a ring in memory, oldest lines first to go. It is not written to disk: simulated servers
 * say little, and a restarted kubelet restarts their containers anyway.
 */
export class ContainerLog implements LogSink {
  readonly #clock: Clock;
  #lines: LogLine[] = [];
  #characters = 0;
  #ended = false;
  readonly #followers = new Set<{ onLine: (line: LogLine) => void; onEnd: () => void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  get ended(): boolean {
    return this.#ended;
  }

  write(text: string): void {
    if (this.#ended) return;
    for (const single of text.split('\n')) this.#append({ atMs: this.#clock.now(), text: single });
  }

  /** The container has ended: nothing more will come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const follower of [...this.#followers]) follower.onEnd();
    this.#followers.clear();
  }

  /** Calls back for every line from now on, and at the end; returns a function that ends it. At the end already: `onEnd` at once. */
  follow(onLine: (line: LogLine) => void, onEnd: () => void): () => void {
    if (this.#ended) {
      onEnd();
      return () => undefined;
    }
    const follower = { onLine, onEnd };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  #append(line: LogLine): void {
    this.#lines.push(line);
    this.#characters += line.text.length;
    if (this.#lines.length > MOST_LINES || this.#characters > MOST_CHARACTERS) this.#dropOldest();
    for (const follower of [...this.#followers]) follower.onLine(line);
  }

  /** Drops a quarter at once: cheaper than moving all lines for every new one. */
  #dropOldest(): void {
    const keep = this.#lines.slice(Math.ceil(this.#lines.length / 4));
    this.#lines = keep;
    this.#characters = keep.reduce((sum, { text }) => sum + text.length, 0);
  }
}
