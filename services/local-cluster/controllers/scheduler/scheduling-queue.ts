import type { Clock } from '#shared/clock/clock.js';
import type { Pod } from '#shared/kube/wire.js';
import { metaOf, uidOf } from '../machinery/object-feed.js';
import { fromTimestamp } from '../machinery/timestamps.js';
import { podRequests, type Resources } from './resources.js';

/** A pod on its way to a node. */
export interface Waiting {
  pod: Pod;
  requests: Resources;
  /** Tries that failed. */
  attempts: number;
  triedMs: number;
  sequence: number;
}

const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 10_000;

/**
 * Pods without a node: those to try next (higher priority first, then in order of creation), and those that fitted nowhere, which are
 * left alone until something changes that may make room. One that fails again and again waits 1 s, 2 s, … 10 s between two tries,
 * so that a busy cluster does not retry everything at every event.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #onReady: () => void;
  readonly #ready = new Map<string, Waiting>();
  readonly #parked = new Map<string, Waiting>();
  readonly #inBackoff = new Map<string, () => void>();
  #sequence = 0;

  constructor(clock: Clock, onReady: () => void) {
    this.#clock = clock;
    this.#onReady = onReady;
  }

  /** A pod that is new here, or one whose content changed. */
  put(pod: Pod): void {
    const uid = uidOf(pod);
    const known = this.#ready.get(uid) ?? this.#parked.get(uid);
    if (known !== undefined) {
      known.pod = pod;
      return;
    }
    this.#sequence += 1;
    this.#ready.set(uid, { pod, requests: podRequests(pod), attempts: 0, triedMs: 0, sequence: this.#sequence });
    this.#onReady();
  }

  remove(uid: string): void {
    this.#ready.delete(uid);
    this.#parked.delete(uid);
    this.#inBackoff.get(uid)?.();
    this.#inBackoff.delete(uid);
  }

  /** All pods to try now, in the order to try them; they are out of the queue until `park` or `put`. */
  takeReady(): Waiting[] {
    const ready = [...this.#ready.values()].map((waiting) => ({ waiting, createdMs: createdMs(waiting.pod) }));
    this.#ready.clear();
    return ready
      .sort(
        (a, b) =>
          priority(b.waiting) - priority(a.waiting) || a.createdMs - b.createdMs || a.waiting.sequence - b.waiting.sequence,
      )
      .map(({ waiting }) => waiting);
  }

  /** It fitted nowhere. */
  park(waiting: Waiting): void {
    this.#parked.set(uidOf(waiting.pod), { ...waiting, attempts: waiting.attempts + 1, triedMs: this.#clock.now() });
  }

  /** The try failed for reasons that have nothing to do with room: it comes again by itself after its back-off. */
  retry(waiting: Waiting): void {
    this.park(waiting);
    this.#wake(uidOf(waiting.pod));
  }

  /** Something changed that may have made room for what is parked and satisfies the condition. */
  wakeParked(mayFit: (waiting: Waiting) => boolean): void {
    for (const [uid, waiting] of this.#parked) if (mayFit(waiting)) this.#wake(uid);
  }

  stop(): void {
    for (const cancel of this.#inBackoff.values()) cancel();
    this.#inBackoff.clear();
    this.#ready.clear();
    this.#parked.clear();
  }

  #wake(uid: string): void {
    const waiting = this.#parked.get(uid);
    if (waiting === undefined || this.#inBackoff.has(uid)) return;
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (waiting.attempts - 1), LONGEST_BACKOFF_MS);
    const leftMs = waiting.triedMs + backoffMs - this.#clock.now();
    if (leftMs <= 0) this.#release(uid);
    else
      this.#inBackoff.set(
        uid,
        this.#clock.schedule(leftMs, () => this.#release(uid)),
      );
  }

  #release(uid: string): void {
    this.#inBackoff.delete(uid);
    const waiting = this.#parked.get(uid);
    if (waiting === undefined) return;
    this.#parked.delete(uid);
    this.#ready.set(uid, waiting);
    this.#onReady();
  }
}

function priority({ pod }: Waiting): number {
  return pod.spec?.priority ?? 0;
}

function createdMs(pod: Pod): number {
  return fromTimestamp(metaOf(pod).creationTimestamp) ?? 0;
}
