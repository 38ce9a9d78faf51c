const NONE = -1;
const BITS = 32;

/**
 * Which requests finish at which iteration. Every decoding sequence gains one token per iteration, so its last iteration is known
 * the moment it starts to decode: a ring with one place per iteration replaces a priority queue. The ring is always longer
 * than the furthest finish, so a place holds one iteration only, and a bitmap finds the next occupied place 32 at a time.
 */
export class FinishWheel {
  #size = 0;
  #heads = new Int32Array(0);
  #occupied = new Uint32Array(0);
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  #finishAt = new Float64Array(0);
  #count = 0;

  /** The iteration at which `slot`, which must be in the wheel, finishes. */
  finishAt(slot: number): number {
    return this.#finishAt[slot] as number;
  }

  /** Notes that `slot` finishes at iteration `finishAt`; `iteration` is the current one, `finishAt` is later. */
  add(slot: number, finishAt: number, iteration: number): void {
    if (slot >= this.#finishAt.length) this.#growSlots(slot + 1);
    if (finishAt - iteration >= this.#size) this.#growRing(finishAt - iteration, iteration);
    this.#finishAt[slot] = finishAt;
    this.#link(slot, this.#placeOf(finishAt));
    this.#count++;
  }

  remove(slot: number): void {
    const place = this.#placeOf(this.#finishAt[slot] as number);
    const next = this.#next[slot] as number;
    const previous = this.#previous[slot] as number;
    if (next !== NONE) this.#previous[next] = previous;
    if (previous !== NONE) this.#next[previous] = next;
    else this.#setHead(place, next);
    this.#count--;
  }

  /** The first iteration after `iteration` at which something finishes; Infinity when the wheel is empty. */
  nextAfter(iteration: number): number {
    if (this.#count === 0) return Infinity;
    const start = this.#placeOf(iteration + 1);
    const words = this.#occupied.length;
    let word = start >>> 5;
    let bits = (this.#occupied[word] as number) & (-1 << (start & 31));
    for (let scanned = 0; bits === 0 && scanned <= words; scanned++) {
      word = word + 1 === words ? 0 : word + 1;
      bits = this.#occupied[word] as number;
    }
    const place = word * BITS + (31 - Math.clz32(bits & -bits));
    return iteration + 1 + this.#placeOf(place - start);
  }

  /** Takes one of those that finish at `iteration` out of the wheel; -1 when none is left. */
  take(iteration: number): number {
    if (this.#count === 0) return NONE;
    const place = this.#placeOf(iteration);
    const slot = this.#heads[place] as number;
    if (slot === NONE) return NONE;
    const next = this.#next[slot] as number;
    if (next !== NONE) this.#previous[next] = NONE;
    this.#setHead(place, next);
    this.#count--;
    return slot;
  }

  /** The size is a power of two, so its remainder is a mask; `&` takes any safe integer modulo 2^32 first. */
  #placeOf(iteration: number): number {
    return iteration & (this.#size - 1);
  }

  #link(slot: number, place: number): void {
    const head = this.#heads[place] as number;
    this.#next[slot] = head;
    this.#previous[slot] = NONE;
    if (head !== NONE) this.#previous[head] = slot;
    this.#setHead(place, slot);
  }

  #setHead(place: number, slot: number): void {
    this.#heads[place] = slot;
    const word = place >>> 5;
    const bit = 1 << (place & 31);
    const bits = this.#occupied[word] as number;
    this.#occupied[word] = slot === NONE ? bits & ~bit : bits | bit;
  }

  #growSlots(needed: number): void {
    const length = Math.max(16, 2 ** Math.ceil(Math.log2(needed)));
    this.#next = grown(this.#next, new Int32Array(length));
    this.#previous = grown(this.#previous, new Int32Array(length));
    const finishAt = new Float64Array(length);
    finishAt.set(this.#finishAt);
    this.#finishAt = finishAt;
  }

  #growRing(distance: number, iteration: number): void {
    const slots: number[] = [];
    for (let at = iteration; this.#count > 0; at++)
      for (let slot = this.take(at); slot !== NONE; slot = this.take(at)) slots.push(slot);
    this.#size = Math.max(64, 2 ** Math.ceil(Math.log2(distance + 1)));
    this.#heads = new Int32Array(this.#size).fill(NONE);
    this.#occupied = new Uint32Array(this.#size / BITS);
    for (const slot of slots) this.#link(slot, this.#placeOf(this.#finishAt[slot] as number));
    this.#count = slots.length;
  }
}

function grown(old: Int32Array, fresh: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  fresh.set(old);
  return fresh;
}
