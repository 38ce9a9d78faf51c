import type { Completion, EngineSink, ValidOptions } from './engine-types.js';
import { FinishWheel } from './finish-wheel.js';
import { NONE, type RequestTable, SlotList } from './request-table.js';

/** States of a slot: handed in for later, in the queue, in the batch before its first token, in the batch after it. */
export const FREE = 0;
export const FUTURE = 1;
export const WAITING = 2;
const FILLING = 3;
const DECODING = 4;

/**
 * What is in the batch and what waits for it, in tokens and iterations; knows no durations.
 *
 * It schedules as vLLM V1 does: sequences in the batch first (each decode takes one token and one place in the KV cache; when the
 * cache is full the youngest leaves and is recomputed later), then prompts in order of arrival as far as the token budget goes.
 * Simplified against vLLM: KV is counted in tokens, not in blocks of 16, and a request takes the KV of its whole prompt when it is
 * admitted, so a chunked prompt never has to be preempted for its own next chunk. vLLM's rule that an iteration which preempts
 * admits nobody holds by itself: who was preempted is first in the queue and needs more than the room that its leaving made.
 *
 * `running` is in order of admission. Those that still fill (wait for or are in prefill) are its tail, from `firstFilling`: prefill is
 * first in, first out, so nobody starts to decode before those admitted earlier.
 */
export class Batch {
  readonly waiting = new SlotList();
  readonly running = new SlotList();
  decoding = 0;
  firstFilling = NONE;
  kvUsed = 0;
  /** KV of the decoding sequences alone. */
  decodingKv = 0;
  /** Iterations completed. */
  iteration = 0;
  promptTokens = 0;
  generatedTokens = 0;
  preemptions = 0;
  prefixQueries = 0;
  prefixHits = 0;

  /** Of the iteration planned last: prompt tokens computed and the KV they read. */
  prefillTokens = 0;
  prefillKv = 0;
  /** Whether the batch differs from that of the iteration before by more than a token each. The reader resets it. */
  changed = false;

  readonly #requests: RequestTable;
  readonly #options: ValidOptions;
  readonly #wheel = new FinishWheel();
  readonly #completion: Completion = {
    id: 0,
    arrivedNs: 0,
    startedNs: 0,
    firstTokenNs: 0,
    finishedNs: 0,
    promptTokens: 0,
    outputTokens: 0,
    preemptions: 0,
  };
  #prefixWarm = false;

  constructor(requests: RequestTable, options: ValidOptions) {
    this.#requests = requests;
    this.#options = options;
  }

  resetPrefixCache(): void {
    this.#prefixWarm = false;
  }

  enqueue(slot: number): void {
    this.#requests.state[slot] = WAITING;
    this.#requests.append(this.waiting, slot);
  }

  /** Whether someone who arrives while the planned iterations run might be admitted at the end of one of them. */
  admitsNewcomer(): boolean {
    return this.waiting.length === 0 && this.running.length < this.#options.maxBatch;
  }

  /** When the first of those that wait for their prefill may start it; Infinity when none waits. */
  nextReadyNs(): number {
    return this.firstFilling === NONE ? Infinity : (this.#requests.readyNs[this.firstFilling] as number);
  }

  /** Decides what the iteration that starts at `nowNs` computes. */
  plan(nowNs: number): void {
    this.prefillTokens = 0;
    this.prefillKv = 0;
    while (this.decoding > this.#options.kvCapacityTokens - this.kvUsed) this.#preemptYoungest(nowNs);
    let budget = this.#options.tokenBudget - this.decoding;
    for (let slot = this.firstFilling; slot !== NONE; slot = this.#requests.next(slot))
      budget -= this.#planChunk(slot, budget, nowNs);
    this.#admit(budget, nowNs);
  }

  /** For how many iterations the plan holds if nobody arrives: until one finishes, or the KV cache is full. */
  iterationsPlanned(): number {
    if (this.prefillTokens > 0) return 1;
    const untilFinish = this.#wheel.nextAfter(this.iteration) - this.iteration;
    const untilFull = Math.floor((this.#options.kvCapacityTokens - this.kvUsed) / this.decoding);
    return Math.min(untilFinish, untilFull);
  }

  /** `iterations` iterations as planned have ended. */
  complete(iterations: number): void {
    const tokens = this.decoding * iterations;
    this.iteration += iterations;
    this.kvUsed += tokens;
    this.decodingKv += tokens;
    this.generatedTokens += tokens;
  }

  /** At the end of an iteration: prompts that are complete give their first token, and who has all tokens leaves. */
  settle(nowNs: number, sink: EngineSink): void {
    if (this.prefillTokens > 0) this.#settleChunks(nowNs, sink);
    for (let slot = this.#wheel.take(this.iteration); slot !== NONE; slot = this.#wheel.take(this.iteration)) {
      const kv = this.#kvOfDecoding(slot, 0);
      this.decodingKv -= kv;
      this.decoding--;
      this.#finish(slot, kv, nowNs, sink);
    }
  }

  /** Output tokens that `slot` has given. */
  generated(slot: number): number {
    if (this.#requests.state[slot] !== DECODING) return this.#requests.givenTokens[slot] as number;
    return (this.#requests.outputTokens[slot] as number) - (this.#wheel.finishAt(slot) - this.iteration);
  }

  /** Takes a request out, wherever it is, and frees what it holds. */
  drop(slot: number): void {
    if (this.#requests.state[slot] === WAITING) this.#requests.remove(this.waiting, slot);
    else this.#leave(slot);
    this.#requests.release(slot);
  }

  #admit(budget: number, nowNs: number): void {
    const requests = this.#requests;
    const { maxBatch, kvCapacityTokens, costs } = this.#options;
    let freeKv = kvCapacityTokens - this.kvUsed - this.decoding;
    let left = budget;
    while (this.waiting.length > 0 && this.running.length < maxBatch && left > 0) {
      const slot = this.waiting.first;
      const given = requests.givenTokens[slot] as number;
      const kv = (requests.promptTokens[slot] as number) + given;
      if (kv > freeKv) return;
      freeKv -= kv;
      requests.remove(this.waiting, slot);
      requests.append(this.running, slot);
      requests.state[slot] = FILLING;
      if (requests.preemptions[slot] === 0) requests.startedNs[slot] = nowNs;
      requests.readyNs[slot] = nowNs + costs.prefillDelayNs;
      requests.computedTokens[slot] = this.#prefixTokens(requests.promptTokens[slot] as number, kv);
      if (this.firstFilling === NONE) this.firstFilling = slot;
      this.kvUsed += kv;
      this.changed = true;
      left -= this.#planChunk(slot, left, nowNs);
    }
  }

  /** Plans the next part of a prompt within the budget; returns its tokens. */
  #planChunk(slot: number, budget: number, nowNs: number): number {
    const requests = this.#requests;
    requests.chunkTokens[slot] = 0;
    if (budget <= 0 || (requests.readyNs[slot] as number) > nowNs) return 0;
    const computed = requests.computedTokens[slot] as number;
    const left = (requests.promptTokens[slot] as number) + (requests.givenTokens[slot] as number) - computed;
    const chunk = Math.min(left, budget);
    requests.chunkTokens[slot] = chunk;
    this.prefillTokens += chunk;
    this.prefillKv += computed + chunk;
    this.changed = true;
    return chunk;
  }

  #prefixTokens(promptTokens: number, total: number): number {
    const { prefixHitRate } = this.#options;
    this.prefixQueries += promptTokens;
    if (!this.#prefixWarm || prefixHitRate === 0) return 0;
    // At least one token is always computed: its output is the next token.
    const hits = Math.min(Math.floor(prefixHitRate * promptTokens), total - 1);
    this.prefixHits += hits;
    return hits;
  }

  #settleChunks(nowNs: number, sink: EngineSink): void {
    const requests = this.#requests;
    this.changed = true;
    for (let slot = this.firstFilling; slot !== NONE; slot = this.firstFilling) {
      const computed = (requests.computedTokens[slot] as number) + (requests.chunkTokens[slot] as number);
      requests.computedTokens[slot] = computed;
      requests.chunkTokens[slot] = 0;
      const given = requests.givenTokens[slot] as number;
      const kv = (requests.promptTokens[slot] as number) + given;
      if (computed < kv) return;
      this.firstFilling = requests.next(slot);
      this.#giveTokenOfPrefill(slot, given, kv, nowNs, sink);
    }
  }

  #giveTokenOfPrefill(slot: number, given: number, kv: number, nowNs: number, sink: EngineSink): void {
    const requests = this.#requests;
    this.#prefixWarm = true;
    this.generatedTokens++;
    if (given === 0) {
      requests.firstTokenNs[slot] = nowNs;
      this.promptTokens += requests.promptTokens[slot] as number;
      sink.firstToken?.(requests.id[slot] as number, requests.arrivedNs[slot] as number, nowNs);
    } else {
      sink.decoded?.(1, 1, nowNs - (requests.lastTokenNs[slot] as number), 0);
    }
    const left = (requests.outputTokens[slot] as number) - given - 1;
    if (left === 0) {
      this.#finish(slot, kv, nowNs, sink);
      return;
    }
    requests.state[slot] = DECODING;
    this.#wheel.add(slot, this.iteration + left, this.iteration);
    this.decoding++;
    this.decodingKv += kv;
  }

  #preemptYoungest(nowNs: number): void {
    const requests = this.#requests;
    const slot = this.running.last;
    if (requests.state[slot] === DECODING) {
      requests.givenTokens[slot] = this.generated(slot);
      requests.lastTokenNs[slot] = nowNs;
    }
    this.#leave(slot);
    requests.state[slot] = WAITING;
    requests.prepend(this.waiting, slot);
    (requests.preemptions[slot] as number)++;
    this.preemptions++;
  }

  /** Leaves the batch unfinished. */
  #leave(slot: number): void {
    const requests = this.#requests;
    let kv = (requests.promptTokens[slot] as number) + (requests.givenTokens[slot] as number);
    if (requests.state[slot] === DECODING) {
      kv = this.#kvOfDecoding(slot, this.#wheel.finishAt(slot) - this.iteration);
      this.#wheel.remove(slot);
      this.decoding--;
      this.decodingKv -= kv;
    } else if (slot === this.firstFilling) {
      this.firstFilling = requests.next(slot);
    }
    this.kvUsed -= kv;
    requests.remove(this.running, slot);
    this.changed = true;
  }

  /** Prompt and output so far, less the newest token, whose KV is written by the iteration that reads it. */
  #kvOfDecoding(slot: number, tokensLeft: number): number {
    return (this.#requests.promptTokens[slot] as number) + (this.#requests.outputTokens[slot] as number) - tokensLeft - 1;
  }

  #finish(slot: number, kv: number, nowNs: number, sink: EngineSink): void {
    const requests = this.#requests;
    const completion = this.#completion;
    completion.id = requests.id[slot] as number;
    completion.arrivedNs = requests.arrivedNs[slot] as number;
    completion.startedNs = requests.startedNs[slot] as number;
    completion.firstTokenNs = requests.firstTokenNs[slot] as number;
    completion.finishedNs = nowNs;
    completion.promptTokens = requests.promptTokens[slot] as number;
    completion.outputTokens = requests.outputTokens[slot] as number;
    completion.preemptions = requests.preemptions[slot] as number;
    this.kvUsed -= kv;
    requests.remove(this.running, slot);
    requests.release(slot);
    this.changed = true;
    sink.completed(completion);
  }
}
