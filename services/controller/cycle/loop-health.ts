import type { CycleRecord, CycleStage } from '#shared/contracts/controller.js';
import type { ControlLoop } from './control-loop.js';

const stagePeers = [
  ['collect', 'collector'],
  ['optimize', 'optimizer'],
  ['actuate', 'actuator'],
] as const;

/**
 * What `/health` says of the loop. A failing peer is told as `degraded` and not as ill health: to restart the controller would not
 * bring the peer back.
 */
export function loopHealth(loop: ControlLoop, nextCycleAt: number | null): Readonly<Record<string, unknown>> {
  const last = loop.recent(1)[0];
  if (last === undefined) return { loop: 'starting', nextCycleAt };
  const { cycle, at, outcome, reason } = last;
  return {
    loop: outcome === 'ok' ? 'ok' : 'degraded',
    lastCycle: { cycle, at, outcome, reason },
    peers: Object.fromEntries(stagePeers.map(([stage, peer]) => [peer, peerState(last, stage)])) as Record<string, string>,
    nextCycleAt,
  };
}

/** What the last cycle has to say of the peer of a stage. */
function peerState({ failedStage, reason, solver, results }: CycleRecord, stage: CycleStage): string {
  if (stage === failedStage) return reason;
  const wasAsked = {
    data: true,
    collect: failedStage !== 'data',
    guard: true,
    optimize: solver !== null,
    actuate: Object.keys(results).length > 0,
  };
  return wasAsked[stage] ? 'ok' : 'not asked';
}
