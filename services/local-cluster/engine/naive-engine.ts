import { iterationCostNs, noiseFactor } from './costs.js';
import {
  type EngineCounters,
  type EngineOptions,
  type EngineRequest,
  type EngineSink,
  type SimulatedEngine,
  type ValidOptions,
  validateOptions,
  validateRequest,
} from './engine-types.js';

interface Sequence extends EngineRequest {
  arrivedNs: number;
  startedNs: number;
  firstTokenNs: number;
  lastTokenNs: number;
  readyNs: number;
  given: number;
  /** Tokens whose KV it holds. */
  kv: number;
  /** Of the prompt (with what is recomputed): still to be computed, and planned for the iteration under way. */
  unfilled: number;
  chunk: number;
  preemptions: number;
  aborted: boolean;
}

/**
 * The engine's judge: the same server one iteration at a time, with plain arrays and sums over the batch. Slow and
 * obvious on purpose. Shares with Engine what defines the server (costs, noise, validation) and nothing of how it advances.
 */
export class NaiveEngine implements SimulatedEngine {
  nowNs = 0;
  readonly #options: ValidOptions;
  readonly #sink: EngineSink;
  readonly #tickets = new Map<number, Sequence>();
  #arrivals: Sequence[] = [];
  #waiting: Sequence[] = [];
  #running: Sequence[] = [];
  #boundaryNs = 0;
  #endNs: number | undefined;
  #batchKey = '';
  #durationNs = 0;
  #stepNs = 0;
  #prefixWarm = false;
  readonly #totals = { iterations: 0, promptTokens: 0, generatedTokens: 0, preemptions: 0, prefixQueries: 0, prefixHits: 0 };
  #nextTicket = 0;

  constructor(options: EngineOptions, sink: EngineSink) {
    this.#options = validateOptions(options);
    this.#sink = sink;
  }

  submit(request: EngineRequest, atNs: number): number {
    validateRequest(request, atNs, Math.max(this.nowNs, this.#arrivals.at(-1)?.arrivedNs ?? 0), this.#options.kvCapacityTokens);
    const sequence: Sequence = {
      ...request,
      arrivedNs: atNs,
      startedNs: 0,
      firstTokenNs: 0,
      lastTokenNs: 0,
      readyNs: 0,
      given: 0,
      kv: 0,
      unfilled: 0,
      chunk: 0,
      preemptions: 0,
      aborted: false,
    };
    this.#arrivals.push(sequence);
    this.#tickets.set(this.#nextTicket, sequence);
    return this.#nextTicket++;
  }

  abort(ticket: number): void {
    const sequence = this.#tickets.get(ticket);
    if (sequence === undefined) return;
    sequence.aborted = true;
    this.#arrivals = this.#arrivals.filter((other) => other !== sequence);
    this.#waiting = this.#waiting.filter((other) => other !== sequence);
    if (this.#endNs === undefined) this.#running = this.#running.filter((other) => other !== sequence);
  }

  generated(ticket: number): number {
    return this.#tickets.get(ticket)?.given ?? 0;
  }

  resetPrefixCache(): void {
    this.#prefixWarm = false;
  }

  counters(): EngineCounters {
    return { ...this.#totals, running: this.#running.length, waiting: this.#waiting.length, kvTokens: this.#kvUsed() };
  }

  advance(toNs: number): number {
    for (;;) {
      if (this.#endNs === undefined) this.#start();
      const nextNs = this.#endNs ?? Math.min(this.#arrivals[0]?.arrivedNs ?? Infinity, this.#firstUnready());
      if (nextNs > toNs) {
        this.nowNs = toNs;
        if (this.#endNs === undefined) this.#boundaryNs = toNs;
        this.#enqueueArrivals(toNs);
        return nextNs;
      }
      this.#boundaryNs = nextNs;
      if (this.#endNs !== undefined) this.#endIteration();
      this.#endNs = undefined;
    }
  }

  #start(): void {
    const { costs, kvCapacityTokens, tokenBudget, maxBatch, seed, noise } = this.#options;
    const now = this.#boundaryNs;
    this.#enqueueArrivals(now);
    let preempted = false;
    while (this.#decoding().length > kvCapacityTokens - this.#kvUsed()) {
      const youngest = this.#running.pop();
      if (youngest === undefined) throw new Error('a single sequence does not fit the KV cache');
      this.#waiting.unshift(Object.assign(youngest, { kv: 0, unfilled: 0, preemptions: youngest.preemptions + 1 }));
      this.#totals.preemptions++;
      preempted = true;
    }
    const decoding = this.#decoding();
    let budget = tokenBudget - decoding.length;
    for (const sequence of this.#running) {
      if (sequence.unfilled > 0) budget -= planChunk(sequence, budget, now);
    }
    while (!preempted && this.#waiting[0] !== undefined && this.#running.length < maxBatch && budget > 0) {
      const head = this.#waiting[0];
      const tokens = head.promptTokens + head.given;
      if (tokens > kvCapacityTokens - this.#kvUsed() - decoding.length) break;
      this.#waiting.shift();
      this.#running.push(head);
      if (head.preemptions === 0) head.startedNs = now;
      Object.assign(head, { kv: tokens, unfilled: tokens - this.#prefixHits(head), readyNs: now + costs.prefillDelayNs });
      budget -= planChunk(head, budget, now);
    }

    const filling = this.#running.filter((sequence) => sequence.chunk > 0);
    const prefillTokens = sum(filling.map((sequence) => sequence.chunk));
    if (decoding.length + prefillTokens === 0) return;
    const batchKey = this.#running.map((sequence) => `${sequence.id}${sequence.unfilled > 0 ? 'f' : 'd'}`).join();
    if (prefillTokens === 0 && batchKey === this.#batchKey) {
      this.#durationNs += this.#stepNs;
    } else {
      const kvRead =
        sum(decoding.map((sequence) => sequence.kv + 1)) +
        sum(filling.map((sequence) => sequence.kv - sequence.unfilled + sequence.chunk));
      const costNs = iterationCostNs(costs, decoding.length, this.#running.length - decoding.length, prefillTokens, kvRead);
      const factor = noiseFactor(seed, this.#totals.iterations, noise);
      this.#durationNs = Math.max(1, Math.round(factor * costNs));
      this.#stepNs = Math.round(factor * costs.perKvTokenNs * decoding.length);
      this.#batchKey = prefillTokens === 0 ? batchKey : '';
    }
    this.#endNs = now + this.#durationNs;
  }

  #endIteration(): void {
    const now = this.#boundaryNs;
    this.#totals.iterations++;
    const decoding = this.#decoding();
    if (decoding.length > 0) this.#sink.decoded?.(decoding.length, 1, this.#durationNs, 0);
    this.#totals.generatedTokens += decoding.length;
    for (const sequence of decoding)
      Object.assign(sequence, { given: sequence.given + 1, kv: sequence.kv + 1, lastTokenNs: now });
    this.#running = this.#running.filter((sequence) => !sequence.aborted);
    for (const sequence of this.#running.filter(({ chunk }) => chunk > 0)) {
      sequence.unfilled -= sequence.chunk;
      sequence.chunk = 0;
      if (sequence.unfilled === 0) this.#giveTokenOfPrefill(sequence);
    }
    for (const sequence of this.#running.filter(isFinished)) this.#sink.completed({ ...sequence, finishedNs: now });
    this.#running = this.#running.filter((sequence) => !isFinished(sequence));
  }

  #giveTokenOfPrefill(sequence: Sequence): void {
    const now = this.#boundaryNs;
    if (sequence.given === 0) {
      sequence.firstTokenNs = now;
      this.#totals.promptTokens += sequence.promptTokens;
      this.#sink.firstToken?.(sequence.id, sequence.arrivedNs, now);
    } else this.#sink.decoded?.(1, 1, now - sequence.lastTokenNs, 0);
    sequence.given++;
    sequence.lastTokenNs = now;
    this.#totals.generatedTokens++;
    this.#prefixWarm = true;
  }

  #enqueueArrivals(untilNs: number): void {
    this.#waiting.push(...this.#arrivals.filter(({ arrivedNs }) => arrivedNs <= untilNs));
    this.#arrivals = this.#arrivals.filter(({ arrivedNs }) => arrivedNs > untilNs);
  }

  #prefixHits(sequence: Sequence): number {
    this.#totals.prefixQueries += sequence.promptTokens;
    if (!this.#prefixWarm) return 0;
    const found = Math.floor(this.#options.prefixHitRate * sequence.promptTokens);
    const hits = Math.min(found, sequence.promptTokens + sequence.given - 1);
    this.#totals.prefixHits += hits;
    return hits;
  }

  #decoding(): Sequence[] {
    return this.#running.filter((sequence) => sequence.unfilled === 0);
  }

  #firstUnready(): number {
    return Math.min(...this.#running.filter(({ unfilled }) => unfilled > 0).map(({ readyNs }) => readyNs));
  }

  #kvUsed(): number {
    return sum(this.#running.map((sequence) => sequence.kv));
  }
}

function planChunk(sequence: Sequence, budget: number, nowNs: number): number {
  sequence.chunk = sequence.readyNs > nowNs ? 0 : Math.min(sequence.unfilled, budget);
  return sequence.chunk;
}

function isFinished(sequence: Sequence): boolean {
  return sequence.given === sequence.outputTokens;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
