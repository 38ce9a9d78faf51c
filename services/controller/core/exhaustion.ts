import type { GuardConfig } from './guard-config.js';

/** An accelerator type on which pods have failed to start. */
export interface Exhaustion {
  /** Until then nobody is given more of its cards. */
  readonly untilMs: number;
  /** How long that was in all; the next one takes twice as long. */
  readonly backOffMs: number;
  /** Fewest ready pods of the type seen since: one more of them means that pods do start there. */
  readonly readyPods: number;
  readonly reason: string;
}

/** By accelerator type; plain data. */
export type Exhaustions = Readonly<Record<string, Exhaustion>>;

/** What a cycle sees of one type. */
export interface TypeSighting {
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
export function nextExhaustions(
  before: Exhaustions,
  sightings: ReadonlyMap<string, TypeSighting>,
  { startTimeoutMs }: Pick<GuardConfig, 'startTimeoutMs'>,
  nowMs: number,
): Exhaustions {
  const longest = Math.max(LONGEST_BACK_OFF_MS, startTimeoutMs);
  const types = [...new Set([...Object.keys(before), ...sightings.keys()])].sort();
  return Object.fromEntries(
    types.flatMap((type): [string, Exhaustion][] => {
      const earlier = Object.hasOwn(before, type) ? before[type] : undefined;
      const { readyPods, failure } = sightings.get(type) ?? { readyPods: 0, failure: undefined };
      if (failure === undefined) {
        if (earlier === undefined || readyPods > earlier.readyPods) return [];
        return [[type, { ...earlier, readyPods }]];
      }
      if (earlier !== undefined && nowMs < earlier.untilMs) {
        return [[type, { ...earlier, readyPods: Math.min(earlier.readyPods, readyPods), reason: failure }]];
      }
      const backOffMs = earlier === undefined ? startTimeoutMs : Math.min(longest, 2 * earlier.backOffMs);
      return [[type, { untilMs: nowMs + backOffMs, backOffMs, readyPods, reason: failure }]];
    }),
  );
}

export function isInForce(exhaustions: Exhaustions, type: string, nowMs: number): boolean {
  const exhaustion = Object.hasOwn(exhaustions, type) ? exhaustions[type] : undefined;
  return exhaustion !== undefined && nowMs < exhaustion.untilMs;
}

/** Accelerator type → why it counts as exhausted now, in words. */
export function exhaustedNow(exhaustions: Exhaustions, nowMs: number): ReadonlyMap<string, string> {
  const inForce = Object.entries(exhaustions).filter(([type]) => isInForce(exhaustions, type, nowMs));
  return new Map(
    inForce.map(([type, { untilMs, reason }]) => {
      return [type, `type ${type} counts as exhausted until ${new Date(untilMs).toISOString()}: ${reason}`];
    }),
  );
}
