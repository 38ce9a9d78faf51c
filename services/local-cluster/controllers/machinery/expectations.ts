import type { Clock } from '#shared/clock/clock.js';

/** After this long an expectation counts as missed: better a second look at a stale cache than none at all. */
const EXPIRY_MS = 5 * 60_000;

/**
 * What a controller has done and its cache has not shown yet, by controller key. While anything is outstanding the counts in the
 * cache are wrong, and acting on them would create or delete twice.
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #creations = new Map<string, Map<string, number>>();
  readonly #deletions = new Map<string, Map<string, number>>();
  /** Objects that the cache showed while their creation was still under way: the watch may be faster than the answer. */
  readonly #seenEarly = new Map<string, Set<string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs creations of a key; those that answer `uid`s which the cache shows meanwhile are not waited for. */
  async creating(key: string, create: (created: (uid: string) => void) => Promise<void>): Promise<void> {
    const seen = new Set<string>();
    this.#seenEarly.set(key, seen);
    try {
      await create((uid) => {
        if (!seen.has(uid)) this.#put(this.#creations, key, uid);
      });
    } finally {
      this.#seenEarly.delete(key);
    }
  }

  expectDeletion(key: string, uid: string): void {
    this.#put(this.#deletions, key, uid);
  }

  creationSeen(key: string, uid: string): void {
    this.#seenEarly.get(key)?.add(uid);
    this.#take(this.#creations, key, uid);
  }

  /** Seen as going or gone, or the deletion failed. */
  deletionSettled(key: string, uid: string): void {
    this.#take(this.#deletions, key, uid);
    // What is gone will not be seen to come any more.
    this.creationSeen(key, uid);
  }

  isFulfilled(key: string): boolean {
    const now = this.#clock.now();
    return [this.#creations, this.#deletions].every((expected) => {
      const due = expected.get(key);
      return due === undefined || [...due.values()].every((sinceMs) => now - sinceMs > EXPIRY_MS);
    });
  }

  forget(key: string): void {
    this.#creations.delete(key);
    this.#deletions.delete(key);
  }

  #put(expected: Map<string, Map<string, number>>, key: string, uid: string): void {
    const uids = expected.get(key) ?? new Map<string, number>();
    uids.set(uid, this.#clock.now());
    expected.set(key, uids);
  }

  #take(expected: Map<string, Map<string, number>>, key: string, uid: string): void {
    const uids = expected.get(key);
    if (uids?.delete(uid) === true && uids.size === 0) expected.delete(key);
  }
}
