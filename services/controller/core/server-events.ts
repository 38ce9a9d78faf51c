import type { ServerEvent } from '#shared/contracts/loop.js';
import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { ServerDecision } from '#shared/contracts/controller.js';
import type { GuardConfig } from './guard-config.js';
import { counted } from './figure.js';
import type { ServerView } from './server-view.js';
import { shareText } from './verdict.js';

export interface Happening {
  readonly view: ServerView;
  readonly decision: ServerDecision;
  /** Something is asked of the actuator. */
  readonly changes: boolean;
  /** What the solver alone made of it. */
  readonly outcome: OptimizeOneResponse['explanations'][string]['outcome'] | undefined;
}

/**
 * What an operator should find at the Deployment. What lasts is told in every cycle, so that its Event lives as long as it does; its
 * words have no figures that change from cycle to cycle, or each would be an Event of its own.
 */
export function eventsOf({ view, decision, changes, outcome }: Happening, config: GuardConfig): ServerEvent[] {
  const { verdict } = decision;
  if (verdict.hold === 'paused' || verdict.hold === 'partial-cycle') return [];
  const tell = (type: ServerEvent['type'], reason: string, message: string, ifApplied = false): ServerEvent => {
    return { server: view.name, type, reason, message, ifApplied };
  };
  const events: ServerEvent[] = [];
  if (changes) events.push(tell('Normal', changeReason(decision), verdict.reason, true));
  if (verdict.hold === 'foreign-write') {
    const { desiredReplicas = 0, lastWrittenReplicas = 0 } = view.status ?? {};
    const window = counted(config.stabilizationCycles, 'cycle');
    const what = `somebody else set ${desiredReplicas} replicas where the loop had set ${lastWrittenReplicas}`;
    events.push(tell('Warning', 'ForeignWrite', `${what}; held for ${window}, then taken over`));
  }
  const has = shareText(decision.planned);
  if (outcome === 'infeasible') events.push(tell('Warning', 'Infeasible', `no accelerator meets its targets; it keeps ${has}`));
  if (outcome === 'unserved') {
    events.push(tell('Warning', 'Unserved', `its targets need more cards than are left for it; it keeps ${has}`));
  }
  if (outcome === 'best-effort') {
    events.push(tell('Warning', 'BestEffort', `there are fewer cards than its targets need; it gets ${has} by best effort`));
  }
  if (view.stuck !== undefined) {
    const limit = `${config.startTimeoutMs / 1000} s`;
    const what = `pods on ${view.asked.accelerator} have not become ready within ${limit}`;
    events.push(tell('Warning', 'StartTimeout', `${what} and do not count as coming; it gets no more of it for a while`));
  }
  return events;
}

function changeReason({ current, planned }: ServerDecision): string {
  if (planned.accelerator !== current.accelerator) return 'AcceleratorChangeStarted';
  if (planned.numReplicas === current.numReplicas) return 'MaxBatchChangeStarted';
  return planned.numReplicas > current.numReplicas ? 'ScaledUp' : 'ScaledDown';
}
