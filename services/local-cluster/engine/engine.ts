import { Batch, FREE, FUTURE, WAITING } from './batch.js';
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
import { iterationsWithin, spanNs } from './jump.js';
import { NONE, RequestTable, SlotList } from './request-table.js';

/**
 * The discrete-event engine. Between two events (an arrival that can be admitted, a chunk, a first token, a completion, the KV cache
 * full) the batch does not change, so the iterations between them are done at once in closed form (jump.ts). The
 * work per request is a handful of events, whatever its number of tokens. NaiveEngine is the same server one iteration at a time.
 */
export class Engine implements SimulatedEngine {
  readonly #options: ValidOptions;
  readonly #sink: EngineSink;
  readonly #requests = new RequestTable();
  readonly #future = new SlotList();
  readonly #batch: Batch;
  readonly #aborted: number[] = [];
  #nowNs = 0;
  #lastArrivalNs = 0;

  /** Start of the iteration under way, or, between iterations, the end of the last. */
  #boundaryNs = 0;
  #underWay = false;
  /** Duration of the iteration under way, and by how much each further one with this batch is longer. */
  #iterationNs = 0;
  #stepNs = 0;
  #iterations = 0;
  /** The plan has to be made anew at the end of the iteration under way. */
  #replan = false;

  constructor(options: EngineOptions, sink: EngineSink) {
    this.#options = validateOptions(options);
    this.#sink = sink;
    this.#batch = new Batch(this.#requests, this.#options);
  }

  get nowNs(): number {
    return this.#nowNs;
  }

  /** End of the iteration under way, when the sequences in the batch give their next tokens; Infinity when there is none. */
  get iterationEndNs(): number {
    return this.#underWay ? this.#boundaryNs + this.#iterationNs : Infinity;
  }

  submit(request: EngineRequest, atNs: number): number {
    validateRequest(request, atNs, Math.max(this.#nowNs, this.#lastArrivalNs), this.#options.kvCapacityTokens);
    const requests = this.#requests;
    const slot = requests.allocate();
    requests.id[slot] = request.id;
    requests.arrivedNs[slot] = atNs;
    requests.promptTokens[slot] = request.promptTokens;
    requests.outputTokens[slot] = request.outputTokens;
    requests.givenTokens[slot] = 0;
    requests.preemptions[slot] = 0;
    requests.state[slot] = FUTURE;
    requests.append(this.#future, slot);
    this.#lastArrivalNs = atNs;
    return slot;
  }

  abort(ticket: number): void {
    const state = this.#requests.state[ticket];
    if (state === undefined || state === FREE || this.#aborted.includes(ticket)) return;
    if (state === FUTURE) {
      this.#requests.remove(this.#future, ticket);
      this.#requests.release(ticket);
      return;
    }
    this.#replan = true;
    if (state === WAITING || !this.#underWay) this.#batch.drop(ticket);
    else this.#aborted.push(ticket);
  }

  generated(ticket: number): number {
    return this.#batch.generated(ticket);
  }

  resetPrefixCache(): void {
    this.#batch.resetPrefixCache();
  }

  counters(): EngineCounters {
    const { running, waiting, kvUsed, iteration, promptTokens, generatedTokens, preemptions, prefixQueries, prefixHits } =
      this.#batch;
    return {
      running: running.length,
      waiting: waiting.length,
      kvTokens: kvUsed,
      iterations: iteration,
      promptTokens,
      generatedTokens,
      preemptions,
      prefixQueries,
      prefixHits,
    };
  }

  advance(toNs: number): number {
    if (!(Number.isInteger(toNs) && toNs >= this.#nowNs))
      throw new RangeError(`toNs must be an integer not before ${this.#nowNs}, got ${toNs}`);
    let nextNs = this.#underWay ? this.#nextChangeNs() : this.#start();
    while (nextNs <= toNs) {
      if (this.#underWay) this.#endPlan(nextNs);
      else this.#boundaryNs = nextNs;
      nextNs = this.#start();
    }
    this.#nowNs = toNs;
    if (this.#underWay) this.#completeWithin(toNs);
    else this.#boundaryNs = toNs;
    if (this.#nextArrivalNs() <= toNs) {
      this.#replan ||= this.#batch.admitsNewcomer();
      this.#admitArrivals(toNs);
    }
    return nextNs;
  }

  /** Plans the iteration that starts at the boundary; returns when the plan ends, or, with nothing to compute, when there may be. */
  #start(): number {
    const batch = this.#batch;
    this.#admitArrivals(this.#boundaryNs);
    batch.plan(this.#boundaryNs);
    this.#replan = false;
    this.#underWay = batch.decoding > 0 || batch.prefillTokens > 0;
    if (!this.#underWay) return Math.min(this.#nextArrivalNs(), batch.nextReadyNs());
    if (batch.changed) this.#setDurations();
    return this.#nextChangeNs();
  }

  #setDurations(): void {
    const batch = this.#batch;
    const { costs, noise, seed } = this.#options;
    const factor = noiseFactor(seed, batch.iteration, noise);
    const kvRead = batch.decodingKv + batch.decoding + batch.prefillKv;
    const filling = batch.running.length - batch.decoding;
    const costNs = iterationCostNs(costs, batch.decoding, filling, batch.prefillTokens, kvRead);
    this.#iterationNs = Math.max(1, Math.round(factor * costNs));
    this.#stepNs = batch.prefillTokens > 0 ? 0 : Math.round(factor * costs.perKvTokenNs * batch.decoding);
    batch.changed = false;
  }

  /** The end of the iteration at which the plan has to be made anew; `#iterations` of them lead there. */
  #nextChangeNs(): number {
    const batch = this.#batch;
    this.#iterations = this.#replan ? 1 : batch.iterationsPlanned();
    const endNs = this.#boundaryNs + spanNs(this.#iterationNs, this.#stepNs, this.#iterations);
    if (this.#iterations === 1) return endNs;
    const wakeNs = Math.min(batch.nextReadyNs(), batch.admitsNewcomer() ? this.#nextArrivalNs() : Infinity);
    if (wakeNs >= endNs) return endNs;
    this.#iterations = 1 + iterationsWithin(this.#iterationNs, this.#stepNs, wakeNs - 1 - this.#boundaryNs);
    return this.#boundaryNs + spanNs(this.#iterationNs, this.#stepNs, this.#iterations);
  }

  /** The planned iterations are over: who was aborted leaves, then the outcomes are dealt out. */
  #endPlan(endNs: number): void {
    this.#complete(this.#iterations, endNs);
    this.#underWay = false;
    const batch = this.#batch;
    if (this.#aborted.length > 0) {
      for (const slot of this.#aborted) batch.drop(slot);
      this.#aborted.length = 0;
    }
    batch.settle(endNs, this.#sink);
  }

  /** Completes the planned iterations that end by `toNs`; the one under way then started at or before `toNs`. */
  #completeWithin(toNs: number): void {
    const iterations = iterationsWithin(this.#iterationNs, this.#stepNs, toNs - this.#boundaryNs);
    if (iterations > 0) this.#complete(iterations, this.#boundaryNs + spanNs(this.#iterationNs, this.#stepNs, iterations));
  }

  #complete(iterations: number, endNs: number): void {
    const batch = this.#batch;
    this.#boundaryNs = endNs;
    batch.complete(iterations);
    if (batch.decoding > 0) this.#sink.decoded?.(batch.decoding, iterations, this.#iterationNs, this.#stepNs);
    this.#iterationNs += this.#stepNs * iterations;
  }

  #nextArrivalNs(): number {
    const slot = this.#future.first;
    return slot === NONE ? Infinity : (this.#requests.arrivedNs[slot] as number);
  }

  #admitArrivals(untilNs: number): void {
    while (this.#nextArrivalNs() <= untilNs) {
      const slot = this.#future.first;
      this.#requests.remove(this.#future, slot);
      this.#batch.enqueue(slot);
    }
  }
}
