import type { CycleRecord, ServersResponse } from '#shared/contracts/controller.js';
import type { CollectResponse } from '#shared/contracts/loop.js';

/** What controller and collector say at one look; undefined where one does not answer, or has nothing yet. */
export interface LoopState {
  decided: ServersResponse | undefined;
  lastCycle: CycleRecord | undefined;
  collected: CollectResponse | undefined;
}

/** The latest that each of them said, though it may have fallen silent since. */
export interface LastKnown extends LoopState {
  /** ms since the epoch; undefined: never yet. */
  decidedAtMs: number | undefined;
  collectedAtMs: number | undefined;
  /** Why what is known of it is old; undefined: it is not. */
  controllerSilence: 'does not answer' | 'has not finished a cycle yet' | undefined;
  collectorSilence: 'does not answer' | undefined;
}

export const NOTHING_KNOWN: LastKnown = {
  decided: undefined,
  lastCycle: undefined,
  collected: undefined,
  decidedAtMs: undefined,
  collectedAtMs: undefined,
  controllerSilence: undefined,
  collectorSilence: undefined,
};

/** A look added to what is known. A controller that has started again knows no server before its first cycle. */
export function remember(known: LastKnown, { decided, lastCycle, collected }: LoopState, nowMs: number): LastKnown {
  const tells = decided !== undefined && (decided.cycle !== null || known.decidedAtMs === undefined);
  const silence = decided === undefined ? 'does not answer' : 'has not finished a cycle yet';
  return {
    decided: tells ? decided : known.decided,
    decidedAtMs: decided !== undefined && decided.cycle !== null ? nowMs : known.decidedAtMs,
    // Before the first cycle there is nothing that could be old.
    controllerSilence: tells || known.decidedAtMs === undefined ? undefined : silence,
    lastCycle: lastCycle ?? known.lastCycle,
    collected: collected ?? known.collected,
    collectedAtMs: collected === undefined ? known.collectedAtMs : nowMs,
    collectorSilence: collected === undefined && known.collectedAtMs !== undefined ? 'does not answer' : undefined,
  };
}
