import type { GuardConfig } from './guard-config.js';

/** What pods have failed to start on: an accelerator type, or one accelerator where the failure is a server's own. */
export interface Exhaustion {
  /** Until then no more is given of it: to nobody of a type, of an accelerator to that server. */
  readonly untilMs: number;
  /** How long that was in all; the next one takes twice as long. */
  readonly backOffMs: number;
  /** Fewest ready pods there seen since: one more of them means that pods do start there. */
  readonly readyPods: number;
  readonly reason: string;
}

/** By name; plain data. */
export type BackOffs = Readonly<Record<string, Exhaustion>>;

export interface Exhaustions {
  /** By accelerator type: its pods found no node. */
  readonly types: BackOffs;
  /** By server and accelerator: its pods have nodes and do not become ready, which says nothing of other servers' pods. */
  readonly candidates: Readonly<Record<string, BackOffs>>;
}

export const NO_EXHAUSTIONS: Exhaustions = { types: {}, candidates: {} };

/** What a cycle sees on one of them. */
export interface Sighting {
  readonly readyPods: number;
  /** Pods that have failed to start, in words; undefined: none. */
  readonly failure: string | undefined;
}

const LONGEST_BACK_OFF_MS = 3_600_000;

/**
 * What is exhausted after a cycle has looked. A failure to start counts for the start timeout, and while it lasts, or comes again, for
 * twice as long each time, up to an hour (worked, at 600 s: 600, 1200, 2400, 3600, 3600). Forgotten when a pod has become ready there
 * and none fails any more.
 */
export function nextBackOffs(
  before: BackOffs,
  sightings: ReadonlyMap<string, Sighting>,
  { startTimeoutMs }: Pick<GuardConfig, 'startTimeoutMs'>,
  nowMs: number,
): BackOffs {
  const longest = Math.max(LONGEST_BACK_OFF_MS, startTimeoutMs);
  const names = [...new Set([...Object.keys(before), ...sightings.keys()])].sort();
  return Object.fromEntries(
    names.flatMap((name): [string, Exhaustion][] => {
      const earlier = Object.hasOwn(before, name) ? before[name] : undefined;
      const { readyPods, failure } = sightings.get(name) ?? { readyPods: 0, failure: undefined };
      if (failure === undefined) {
        if (earlier === undefined || readyPods > earlier.readyPods) return [];
        return [[name, { ...earlier, readyPods }]];
      }
      if (earlier !== undefined && nowMs < earlier.untilMs) {
        return [[name, { ...earlier, readyPods: Math.min(earlier.readyPods, readyPods), reason: failure }]];
      }
      const backOffMs = earlier === undefined ? startTimeoutMs : Math.min(longest, 2 * earlier.backOffMs);
      return [[name, { untilMs: nowMs + backOffMs, backOffMs, readyPods, reason: failure }]];
    }),
  );
}

export function isInForce(backOffs: BackOffs, name: string, nowMs: number): boolean {
  const exhaustion = Object.hasOwn(backOffs, name) ? backOffs[name] : undefined;
  return exhaustion !== undefined && nowMs < exhaustion.untilMs;
}

/** Accelerator type → why it counts as exhausted now, in words. */
export function exhaustedNow({ types }: Pick<Exhaustions, 'types'>, nowMs: number): ReadonlyMap<string, string> {
  const inForce = Object.entries(types).filter(([type]) => isInForce(types, type, nowMs));
  return new Map(
    inForce.map(([type, { untilMs, reason }]) => {
      return [type, `type ${type} counts as exhausted until ${new Date(untilMs).toISOString()}: ${reason}`];
    }),
  );
}

/** In words. */
interface OwnExhaustion {
  accelerator: string;
  until: string;
  reason: string;
}

/** Accelerators of which one server is given no more now, with why, in words. */
export function exhaustedFor({ candidates }: Exhaustions, server: string, nowMs: number): OwnExhaustion[] {
  const own = backOffsOf(candidates, server);
  return Object.entries(own)
    .filter(([accelerator]) => isInForce(own, accelerator, nowMs))
    .map(([accelerator, { untilMs, reason }]) => {
      return { accelerator, until: `it gets no more of ${accelerator} until ${new Date(untilMs).toISOString()}`, reason };
    });
}

export function backOffsOf(candidates: Exhaustions['candidates'], server: string): BackOffs {
  return (Object.hasOwn(candidates, server) ? candidates[server] : undefined) ?? {};
}
