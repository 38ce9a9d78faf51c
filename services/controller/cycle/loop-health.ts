import type { CycleRecord, CycleStage } from '#shared/contracts/controller.js';
import type { ControlLoop } from './control-loop.js';
import { enteredStages } from './entered-stages.js';

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
    peers: Object.fromEntries(stagePeers.map(([stage, peer]) => [peer, peerState(last, stage)])),
    nextCycleAt,
  };
}

/** What the last cycle has to say of the peer of a stage. */
function peerState(record: CycleRecord, stage: CycleStage): string {
  if (stage === record.failedStage) return record.reason;
  return enteredStages(record).includes(stage) ? 'ok' : 'not asked';
}
