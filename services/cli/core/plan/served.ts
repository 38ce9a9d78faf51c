import type { Outcome } from '#shared/contracts/optimizer.js';
import type { PlanRow } from './plan-rows.js';

/** Of all servers of a priority, those without a hope and those pinned included, who gets all that its targets ask for. */
export interface Served {
  readonly priority: number;
  readonly servers: number;
  readonly served: number;
  /** What becomes of the others, by outcome, in the order of names. */
  readonly others: ReadonlyMap<Outcome, number>;
}

/** By priority, the highest first. */
export function servedByPriority(rows: readonly PlanRow[]): Served[] {
  const priorities = [...new Set(rows.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.map((priority) => {
    const own = rows.filter((row) => row.priority === priority);
    const left = own.filter(({ outcome }) => outcome !== 'allocated' && outcome !== 'zero-load').map(({ outcome }) => outcome);
    const others = new Map([...new Set(left)].sort().map((outcome) => [outcome, left.filter((one) => one === outcome).length]));
    return { priority, servers: own.length, served: own.length - left.length, others };
  });
}
