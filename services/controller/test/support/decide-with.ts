import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemData } from '#shared/contracts/system-data.js';
import type { Decision, Snapshot } from '../../core/conclude.js';
import { decide } from '../../core/decide.js';
import { NO_STATE } from '../../core/guard-memory.js';
import { collected, dataWith, guardConfig, type FleetServer } from './fleet.js';
import { toySolve } from './toy-solver.js';

export type Solve = (problem: SystemData) => OptimizeOneResponse;

/** A decision on a fleet in one go, with the toy solver unless another is given. */
export function decideOn(fleet: readonly FleetServer[], overrides: Partial<Snapshot> = {}, solve: Solve = toySolve): Decision {
  const snapshot: Snapshot = {
    collected: collected(fleet),
    data: dataWith(),
    state: NO_STATE,
    config: guardConfig,
    nowMs: 0,
    ...overrides,
  };
  const deciding = decide(snapshot);
  let step = deciding.next();
  while (step.done !== true) step = deciding.next(solve(step.value));
  return step.value;
}

/** The decision after as many cycles of the same fleet as a window takes. */
export function decideSettled(fleet: readonly FleetServer[], overrides: Partial<Snapshot> = {}, cycles = 2): Decision {
  let decision = decideOn(fleet, overrides);
  for (let cycle = 1; cycle < cycles; cycle++) decision = decideOn(fleet, { ...overrides, state: decision.state });
  return decision;
}

/** The fleet once a decision is carried out and all pods are ready. */
export function carriedOut(fleet: readonly FleetServer[], { changes }: Decision): FleetServer[] {
  return fleet.map((item) => {
    const change = changes[item.name];
    if (change === undefined) return item;
    const { accelerator, numReplicas, maxBatch } = change;
    return { ...item, accelerator, replicas: numReplicas, maxBatch: maxBatch || item.maxBatch };
  });
}
