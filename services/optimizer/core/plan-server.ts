import type { Relaxation } from '#shared/contracts/fleet-summary.js';
import { LOWEST_PRIORITY, type ModelTarget, type ServerSpec } from '#shared/contracts/system-data.js';
import { buildCandidates, type CandidateContext } from './candidates/build-candidates.js';
import { cardsOf, type Candidate, type Candidates, type Rejected } from './candidates/candidate.js';
import { currentState, type CurrentState } from './candidates/current-state.js';
import { pinnedCandidate } from './candidates/pinned-candidate.js';
import { noRelaxation, relaxationOf } from './explain/relaxation.js';
import { offeredLoad, type OfferedLoad } from './offered-load.js';
import type { Targets } from './sizing/size-replica.js';

/** What a server brings into the solve. */
export interface ServerPlan {
  readonly server: ServerSpec;
  readonly priority: number;
  readonly targets: Targets | null;
  readonly load: OfferedLoad;
  readonly current: CurrentState;
  readonly standing: Standing;
}

export type Standing =
  | ({ readonly kind: 'contends' } & Candidates)
  /** Holds what its pin says. */
  | { readonly kind: 'pinned'; readonly candidate: Candidate }
  | Staying;

/** Nothing can be decided for it: keeps what it has. */
type Staying =
  | { readonly kind: 'stays'; readonly outcome: 'load-unknown'; readonly reason: string; readonly all: readonly [] }
  | {
      readonly kind: 'stays';
      readonly outcome: 'infeasible';
      readonly reason: string;
      readonly all: readonly (Candidate | Rejected)[];
      readonly relaxation: Relaxation;
    };

export function planServer(context: CandidateContext, server: ServerSpec): ServerPlan {
  const { catalogue } = context;
  const target = catalogue.target(server.class, server.model);
  const targets = target === undefined ? null : targetsOf(target);
  const load = offeredLoad(server.currentAlloc?.load);
  const current = currentState(catalogue, server);
  return {
    server,
    priority: catalogue.serviceClass(server.class)?.priority ?? LOWEST_PRIORITY,
    targets,
    load,
    current,
    standing: standingOf(context, server, current, load, targets),
  };
}

/** What is held keeps its cards: they are out of the solve before it starts. */
export function reservedCards({ standing, current }: ServerPlan): CurrentState['cards'] {
  if (standing.kind === 'stays') return current.cards;
  if (standing.kind === 'contends') return null;
  const { candidate } = standing;
  return { type: candidate.placement.type, count: cardsOf(candidate, candidate.numReplicas) };
}

function targetsOf(target: ModelTarget): Targets {
  const { 'slo-itl': itlMs, 'slo-ttft': ttftMs, 'slo-tps': tokensPerSec, 'slo-percentile': percentile } = target;
  return { itlMs, ttftMs, tokensPerSec, percentile };
}

function standingOf(
  context: CandidateContext,
  server: ServerSpec,
  current: CurrentState,
  load: OfferedLoad,
  targets: Targets | null,
): Standing {
  if (server.pin !== undefined) {
    return { kind: 'pinned', candidate: pinnedCandidate(context, server, current, server.pin, load, targets ?? undefined) };
  }
  if (targets === null) {
    const known = context.catalogue.serviceClass(server.class) !== undefined;
    const reason = known
      ? `class "${server.class}" has no targets for model "${server.model}"`
      : `no service class "${server.class}"`;
    return { kind: 'stays', outcome: 'infeasible', reason, all: [], relaxation: noRelaxation(server.name, null, reason) };
  }
  if (load.kind === 'unknown') {
    return { kind: 'stays', outcome: 'load-unknown', reason: `load unknown: ${load.reason}`, all: [] };
  }
  const candidates = buildCandidates(context, server, current, load, targets);
  if (candidates.eligible.length > 0) return { kind: 'contends', ...candidates };
  const { all } = candidates;
  const reason = reasonForNone(context, server);
  const relaxation = context.catalogue.hasModel(server.model)
    ? relaxationOf(context, { server, current, load, targets, all })
    : noRelaxation(server.name, targets, reason);
  return { kind: 'stays', outcome: 'infeasible', reason, all, relaxation };
}

function reasonForNone({ catalogue }: CandidateContext, server: ServerSpec): string {
  if (!catalogue.hasModel(server.model)) return `no data for model "${server.model}"`;
  const limited = (server.replicaLimits ?? []).map(({ accelerator, reason }) => `${accelerator} (${reason})`);
  if (limited.length > 0) return `no accelerator meets the targets, besides what it may not have more of: ${limited.join(', ')}`;
  const running = server.currentAlloc?.accelerator ?? '';
  if (!server.keepAccelerator || running === '') return 'no accelerator meets the targets';
  return `${running}, on which keepAccelerator keeps it, does not meet the targets`;
}
