import type { HoldCode } from '#shared/contracts/controller.js';
import type { ControlState, ServerStatus } from '#shared/contracts/loop.js';
import { counted } from './figure.js';
import type { Facts } from './facts.js';
import type { GuardConfig } from './guard-config.js';
import { foreignWrite, type ServerMemory } from './guard-memory.js';
import type { ServerView } from './server-view.js';
import type { Window } from './window.js';

/**
 * What keeps a server from what the solver would choose. A hold goes into the solve, where it keeps its cards:
 * - `out`: not put to the solver, which has no data for it; its cards are taken off the capacity;
 * - `pin`: stays at `numReplicas` on its accelerator;
 * - `floor`: stays on its accelerator with at least `numReplicas`;
 * - `keep-accelerator`: any count, on its accelerator.
 */
export interface Hold {
  readonly kind: 'out' | 'pin' | 'floor' | 'keep-accelerator';
  readonly code: HoldCode;
  readonly reason: string;
  readonly numReplicas: number;
}

export type Holds = ReadonlyMap<string, Hold>;

export interface HoldContext {
  readonly facts: Facts;
  readonly control: ControlState;
  readonly config: GuardConfig;
  readonly window: Window;
  readonly nowMs: number;
  /** Pods of what it asks for have failed to start: whatever is under way with it will not come to an end by itself. */
  readonly isStuck: boolean;
}

/** Whether the solver can say what it would want of a server that is held so. */
export function isLiftable({ code, kind }: Hold): boolean {
  return kind !== 'out' && code !== 'load-unknown' && code !== 'partial-cycle';
}

/** The hold of a server before anything is solved; undefined: free. */
export function holdBefore(view: ServerView, memory: ServerMemory, context: HoldContext): Hold | undefined {
  const outside = whyOutside(view, context.facts);
  if (outside !== undefined) return { kind: 'out', ...outside, numReplicas: view.current.numReplicas };
  const hold = whyHeld(view, memory, context);
  if (hold === undefined || hold.kind === 'keep-accelerator') return hold;
  return withData(view, hold, context.facts);
}

/** A hold on an accelerator for which the model has no data cannot be put to the solver. */
export function withData(view: ServerView, hold: Hold, facts: Facts): Hold {
  const known = facts.replicaOn(view.spec.model, view.current.accelerator) !== undefined;
  return known ? hold : { ...hold, kind: 'out', numReplicas: view.current.numReplicas };
}

function whyOutside(view: ServerView, facts: Facts): Pick<Hold, 'code' | 'reason'> | undefined {
  const { spec, current, status } = view;
  if (view.isDuplicate) {
    return { code: 'duplicate-server', reason: `more than one Deployment is named ${view.name}; all are left as they are` };
  }
  if (status === undefined) return { code: 'status-unknown', reason: 'the collector has no status of this server' };
  if (view.priority === undefined) {
    return { code: 'unknown-class', reason: `no service class "${spec.class}"; known: ${listed(facts.classNames)}` };
  }
  if (!facts.knowsModel(spec.model)) {
    return { code: 'unknown-model', reason: `no data of model "${spec.model}" on any accelerator` };
  }
  if (current.accelerator !== '' && !facts.knowsAccelerator(current.accelerator)) {
    const known = listed(facts.acceleratorNames);
    return { code: 'unknown-accelerator', reason: `runs on "${current.accelerator}", which has no data; known: ${known}` };
  }
  if (current.accelerator === '' && !view.load.known) {
    return { code: 'no-accelerator', reason: `it names no accelerator, and its load is not known: ${view.load.reason}` };
  }
  return undefined;
}

function whyHeld(
  view: ServerView,
  memory: ServerMemory,
  { control, config, window, nowMs, facts, isStuck }: HoldContext,
): Hold | undefined {
  const { current, status, load, name } = view;
  const pin = (code: HoldCode, reason: string, numReplicas = current.numReplicas): Hold => ({
    kind: 'pin',
    code,
    reason,
    numReplicas,
  });
  const others = Object.entries(status?.podsByAccelerator ?? {}).filter(
    ([accelerator, pods]) => pods > 0 && accelerator !== current.accelerator,
  );
  if (!isStuck && status?.rolloutInProgress === true && others.length > 0) {
    const pods = others.map(([accelerator, count]) => `${counted(count, 'pod')} on ${accelerator}`).join(', ');
    return pin('accelerator-change', `changing to ${current.accelerator}, still ${pods}${placeless(status)}`);
  }
  if (Object.hasOwn(control.servers, name) && control.servers[name] === true) return pin('paused', 'paused by hand');

  const foreign = foreignWrite(view, memory, window);
  if (foreign !== undefined && foreign.cycles <= config.stabilizationCycles) {
    const until = `held for ${foreign.cycles} of ${config.stabilizationCycles} cycles, then taken over`;
    const ours = status?.lastWrittenReplicas ?? 0;
    return pin('foreign-write', `somebody else set ${foreign.desiredReplicas} replicas, we had set ${ours}; ${until}`);
  }
  if (!load.known) {
    // Fewer on an unknown load never; up to the minimum that was asked for is no question of load.
    const numReplicas = Math.max(current.numReplicas, view.minReplicas);
    const raised = numReplicas > current.numReplicas ? `; its minimum is ${view.minReplicas}` : '';
    return pin('load-unknown', `load unknown (${load.reason})${raised}`, numReplicas);
  }
  if (isStuck) return undefined;
  if (status?.rolloutInProgress === true) {
    const reason = 'a roll-out of its pods is under way';
    return { kind: 'floor', code: 'rollout', reason, numReplicas: Math.min(current.numReplicas, view.maxReplicas) };
  }
  const changedAt = status?.acceleratorChangedAt;
  const hasData = facts.replicaOn(view.spec.model, current.accelerator) !== undefined;
  if (changedAt !== undefined && nowMs - changedAt < config.cooldownMs && hasData) {
    const ago = counted(Math.max(0, Math.floor((nowMs - changedAt) / 1000)), 'second');
    const reason = `changed accelerator ${ago} ago, and does so once in ${config.cooldownMs / 1000} s at most`;
    return { kind: 'keep-accelerator', code: 'cooldown', reason, numReplicas: 0 };
  }
  return undefined;
}

/** Why new pods do not come, as long as the scheduler says so. */
function placeless({ unschedulableReplicas, unschedulableReason }: ServerStatus): string {
  if (unschedulableReplicas === 0) return '';
  return `; ${counted(unschedulableReplicas, 'pod')} unschedulable: ${unschedulableReason ?? 'no reason given'}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
