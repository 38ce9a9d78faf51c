import { NS_PER_MS } from '../engine/costs.js';
import { Engine } from '../engine/engine.js';
import type { Completion, EngineCounters } from '../engine/engine-types.js';
import { advanceUnderLoad } from '../engine/feed.js';
import { type OfferedLoad, PoissonLoad } from '../engine/poisson-load.js';
import { deriveSeed } from '../engine/random.js';
import type { ResolvedOptions } from './options.js';
import type { FinishedReason, VllmMetrics } from './vllm-metrics.js';

/** Under generated load alone nobody waits for an answer: the engine is brought up to date when read, and at least this often. */
const KEEP_UP_MS = 30_000;

/** Requests of the generated load: nobody asks which is which. */
const GENERATED = -1;

/** A request that a client waits for. Called from the engine's timer, in order: tokens, tokens, …, finished. */
export interface Watcher {
  /** Whether it wants its tokens as they come; otherwise only the end. */
  streams: boolean;
  finishedReason: FinishedReason;
  /** `count` tokens have been given in all. */
  tokens(count: number): void;
  finished(): void;
}

interface Watched {
  watcher: Watcher;
  ticket: number;
}

/**
 * One engine kept at the clock's time. It sets a timer only for somebody who waits: the end of each iteration while streams are open,
 * the next event while only whole answers are, and nothing at all when idle. What lies in the past is caught up in one go, and
 * happened at its exact time. A request that arrives meanwhile only delays the others, so a timer is never late.
 */
export class RealTimeEngine {
  readonly #clock: ResolvedOptions['clock'];
  readonly #metrics: VllmMetrics;
  readonly #engine: Engine;
  readonly #load: PoissonLoad;
  readonly #watched = new Map<number, Watched>();
  readonly #originMs: number;
  readonly #readyNs: number;
  #finished: Watched[] = [];
  #streams = 0;
  #lastId = 0;
  #completions = 0;
  #cancelTimer: (() => void) | undefined;
  #whenEmpty: (() => void) | undefined;

  constructor(options: ResolvedOptions, metrics: VllmMetrics) {
    const { clock, seed, maxModelLen, startupDelayMs } = options;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#originMs = clock.now();
    this.#readyNs = Math.round(startupDelayMs * NS_PER_MS);
    this.#load = new PoissonLoad({ seed: deriveSeed(seed, 'load'), maxTokens: maxModelLen });
    this.#engine = new Engine(
      { ...options, seed: deriveSeed(seed, 'noise') },
      {
        firstToken: (id, arrivedNs, atNs) => metrics.firstToken(id, arrivedNs, atNs),
        decoded: (sequences, iterations, firstNs, stepNs) => metrics.decoded(sequences, iterations, firstNs, stepNs),
        completed: (completion) => this.#completed(completion),
      },
    );
  }

  /** Whether the start-up delay is over. */
  started(): boolean {
    return this.#clockNs() >= this.#readyNs;
  }

  /** Hands in a client's request now; returns its number, for `abort`. */
  submit(promptTokens: number, outputTokens: number, watcher: Watcher): number {
    this.#catchUp();
    const id = ++this.#lastId;
    const ticket = this.#engine.submit({ id, promptTokens, outputTokens }, this.#engine.nowNs);
    this.#watched.set(id, { watcher, ticket });
    if (watcher.streams) this.#streams++;
    this.#touch();
    return id;
  }

  /** The client is gone: the request is dropped and its KV freed. A request that has finished is left as it is. */
  abort(id: number): void {
    this.#touch();
    const watched = this.#watched.get(id);
    if (watched === undefined) return;
    this.#forget(id, watched);
    this.#engine.abort(watched.ticket);
    this.#metrics.finished('abort');
    this.#touch();
  }

  /** From now on (or from readiness, if later) this load arrives; undefined: none. */
  setLoad(load: OfferedLoad | undefined): void {
    this.#catchUp();
    this.#load.setLoad(load, Math.max(this.#engine.nowNs, this.#readyNs));
    this.#touch();
  }

  resetPrefixCache(): void {
    this.#catchUp();
    this.#engine.resetPrefixCache();
  }

  /** As of now; `completed` counts the requests that ran to their end. */
  counters(): EngineCounters & { completed: number } {
    this.#touch();
    return { ...this.#engine.counters(), completed: this.#completions };
  }

  /** Ends the generated load; resolves when nothing runs or waits any more, or at `stop`. */
  async drain(): Promise<void> {
    this.setLoad(undefined);
    if (this.#isEmpty()) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      this.#touch();
    });
  }

  /** No timer outlives this. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#watched.clear();
    this.#streams = 0;
    this.#load.setLoad(undefined, this.#engine.nowNs);
    this.#whenEmpty?.();
    this.#whenEmpty = undefined;
  }

  #touch(): void {
    const nextNs = this.#catchUp();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const dueNs = this.#dueNs(nextNs);
    if (dueNs === Infinity) return;
    const delayMs = Math.max(1, Math.ceil((dueNs - this.#engine.nowNs) / NS_PER_MS));
    this.#cancelTimer = this.#clock.schedule(delayMs, () => this.#touch());
  }

  #dueNs(nextNs: number): number {
    if (this.#streams > 0) return Math.min(nextNs, this.#engine.iterationEndNs);
    if (this.#watched.size > 0 || this.#whenEmpty !== undefined) return nextNs;
    return this.#load.nextAtNs === Infinity ? Infinity : this.#engine.nowNs + KEEP_UP_MS * NS_PER_MS;
  }

  /** Brings the engine to now and tells those who wait; returns when the next thing happens. */
  #catchUp(): number {
    // A clock set back must not take the engine along.
    const nowNs = Math.max(this.#engine.nowNs, this.#clockNs());
    const nextNs = advanceUnderLoad(this.#engine, this.#load, nowNs, () => GENERATED);
    const finished = this.#finished;
    if (finished.length > 0) this.#finished = [];
    if (this.#streams > 0)
      for (const { watcher, ticket } of this.#watched.values())
        if (watcher.streams) watcher.tokens(this.#engine.generated(ticket));
    for (const { watcher } of finished) watcher.finished();
    if (this.#whenEmpty !== undefined && this.#isEmpty()) {
      this.#whenEmpty();
      this.#whenEmpty = undefined;
    }
    return nextNs;
  }

  /** Called in the midst of an advance: watchers, who may call back, are told after it. */
  #completed(completion: Readonly<Completion>): void {
    this.#metrics.completed(completion);
    this.#completions++;
    const watched = this.#watched.get(completion.id);
    this.#metrics.finished(watched?.watcher.finishedReason ?? 'stop');
    if (watched === undefined) return;
    this.#forget(completion.id, watched);
    this.#finished.push(watched);
  }

  #forget(id: number, { watcher }: Watched): void {
    this.#watched.delete(id);
    if (watcher.streams) this.#streams--;
  }

  #isEmpty(): boolean {
    const { running, waiting } = this.#engine.counters();
    return running + waiting === 0;
  }

  #clockNs(): number {
    return Math.round((this.#clock.now() - this.#originMs) * NS_PER_MS);
  }
}
