import type { ScheduleEntry } from '#shared/contracts/loop.js';

/** A bound and the words for where it comes from. */
interface Bound {
  readonly replicas: number;
  readonly text: string;
}

/** Bounds that stand in for those of the labels while their entries are active. */
export interface ScheduledBounds {
  readonly min: Bound | undefined;
  readonly max: Bound | undefined;
}

/** Of several active entries the largest minimum and the smallest maximum. Undefined: none is active. */
export function boundsOf(active: readonly ScheduleEntry[]): ScheduledBounds | undefined {
  let min: Bound | undefined;
  let max: Bound | undefined;
  for (const { start, end, timeZone, minReplicas, maxReplicas } of active) {
    const text = `"${start}" to "${end}" ${timeZone}`;
    if (minReplicas !== undefined && minReplicas > (min?.replicas ?? -1)) min = { replicas: minReplicas, text };
    if (maxReplicas !== undefined && maxReplicas < (max?.replicas ?? Infinity)) max = { replicas: maxReplicas, text };
  }
  return min === undefined && max === undefined ? undefined : { min, max };
}

/**
 * Which of the scheduled bounds keeps a count from what the load alone would need, in words; undefined: none does.
 * @param needed replicas that the load alone needs; undefined: not known
 */
export function boundText({ min, max }: ScheduledBounds, numReplicas: number, needed: number | undefined): string | undefined {
  if (min?.replicas === numReplicas && !((needed ?? -1) >= numReplicas)) {
    return `scheduled minimum ${numReplicas} (${min.text})`;
  }
  if (max?.replicas === numReplicas && !((needed ?? Infinity) <= numReplicas)) {
    return `scheduled maximum ${numReplicas} (${max.text})`;
  }
  return undefined;
}
