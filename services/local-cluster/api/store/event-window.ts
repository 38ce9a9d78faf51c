import type { StoreEvent } from './store-event.js';

/** The latest events of one resource, so that a watch can go on from a resource version that is not too old. */
export class EventWindow {
  readonly #capacity: number;
  readonly #events: StoreEvent[] = [];
  #start = 0;
  #completeSince: number;

  /** `completeSince`: everything after this resource version will be here. */
  constructor(capacity: number, completeSince: number) {
    this.#capacity = capacity;
    this.#completeSince = completeSince;
  }

  /** The oldest resource version that a watch may start from. */
  get completeSince(): number {
    return this.#completeSince;
  }

  append(event: StoreEvent): void {
    this.#events.push(event);
    if (this.#events.length - this.#start <= this.#capacity) return;
    this.#completeSince = this.#events[this.#start]?.resourceVersion ?? this.#completeSince;
    this.#start += 1;
    // Dropping the head in large steps keeps appending cheap.
    if (this.#start >= this.#capacity) {
      this.#events.splice(0, this.#start);
      this.#start = 0;
    }
  }

  /** The events after a resource version, oldest first; undefined when some of them are no longer kept. */
  after(resourceVersion: number): StoreEvent[] | undefined {
    if (resourceVersion < this.#completeSince) return undefined;
    let low = this.#start;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.resourceVersion ?? 0) > resourceVersion) high = middle;
      else low = middle + 1;
    }
    return this.#events.slice(low);
  }
}
