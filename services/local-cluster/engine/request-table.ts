export const NONE = -1;

/** A doubly linked list of slots, by ends and length; the links are columns of the table. A slot is in one list at a time. */
export class SlotList {
  first = NONE;
  last = NONE;
  length = 0;
}

/**
 * The requests of one engine, a column per property and a slot per request: no object per request, so the collector of garbage
 * has nothing to do however many pass through. Grows by doubling; an engine that never had a request holds empty columns.
 */
export class RequestTable {
  id = new Float64Array(0);
  arrivedNs = new Float64Array(0);
  startedNs = new Float64Array(0);
  firstTokenNs = new Float64Array(0);
  /** When it gave its last token before it was preempted. */
  lastTokenNs = new Float64Array(0);
  /** Earliest start of its prefill. */
  readyNs = new Float64Array(0);
  promptTokens = new Int32Array(0);
  outputTokens = new Int32Array(0);
  /** Output tokens given before the current admission: they are recomputed with the prompt after a preemption. */
  givenTokens = new Int32Array(0);
  /** Of prompt and given tokens: computed or found in the prefix cache. */
  computedTokens = new Int32Array(0);
  /** To be computed in the iteration under way. */
  chunkTokens = new Int32Array(0);
  preemptions = new Int32Array(0);
  state = new Uint8Array(0);
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  #firstFree = NONE;

  /** A free slot; its columns hold the values of whoever had it before. */
  allocate(): number {
    if (this.#firstFree === NONE) this.#grow();
    const slot = this.#firstFree;
    this.#firstFree = this.#next[slot] as number;
    return slot;
  }

  release(slot: number): void {
    this.state[slot] = 0;
    this.#next[slot] = this.#firstFree;
    this.#firstFree = slot;
  }

  next(slot: number): number {
    return this.#next[slot] as number;
  }

  append(list: SlotList, slot: number): void {
    this.#next[slot] = NONE;
    this.#previous[slot] = list.last;
    if (list.last === NONE) list.first = slot;
    else this.#next[list.last] = slot;
    list.last = slot;
    list.length++;
  }

  prepend(list: SlotList, slot: number): void {
    this.#previous[slot] = NONE;
    this.#next[slot] = list.first;
    if (list.first === NONE) list.last = slot;
    else this.#previous[list.first] = slot;
    list.first = slot;
    list.length++;
  }

  remove(list: SlotList, slot: number): void {
    const next = this.#next[slot] as number;
    const previous = this.#previous[slot] as number;
    if (previous === NONE) list.first = next;
    else this.#next[previous] = next;
    if (next === NONE) list.last = previous;
    else this.#previous[next] = previous;
    list.length--;
  }

  #grow(): void {
    const old = this.id.length;
    const capacity = Math.max(16, old * 2);
    this.id = float64(this.id, capacity);
    this.arrivedNs = float64(this.arrivedNs, capacity);
    this.startedNs = float64(this.startedNs, capacity);
    this.firstTokenNs = float64(this.firstTokenNs, capacity);
    this.lastTokenNs = float64(this.lastTokenNs, capacity);
    this.readyNs = float64(this.readyNs, capacity);
    this.promptTokens = int32(this.promptTokens, capacity);
    this.outputTokens = int32(this.outputTokens, capacity);
    this.givenTokens = int32(this.givenTokens, capacity);
    this.computedTokens = int32(this.computedTokens, capacity);
    this.chunkTokens = int32(this.chunkTokens, capacity);
    this.preemptions = int32(this.preemptions, capacity);
    const state = new Uint8Array(capacity);
    state.set(this.state);
    this.state = state;
    this.#next = int32(this.#next, capacity);
    this.#previous = int32(this.#previous, capacity);
    for (let slot = capacity - 1; slot >= old; slot--) this.release(slot);
  }
}

function float64(old: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const fresh = new Float64Array(capacity);
  fresh.set(old);
  return fresh;
}

function int32(old: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const fresh = new Int32Array(capacity);
  fresh.set(old);
  return fresh;
}
