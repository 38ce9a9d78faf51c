import type { SimulatedEngine } from './engine-types.js';

/** Requests in order of arrival, generated or recorded: the next one is there to be read, `take()` moves on to the one after it. */
export interface ArrivalSource {
  /** Infinity when there is none. */
  readonly nextAtNs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  take(): void;
}

/** Arrivals handed in ahead of time, so that the engine's queue of future arrivals stays small over any stretch of time. */
const ARRIVALS_AHEAD = 256;

/**
 * Brings the engine to `toNs` with the arrivals of `source` on the way, `nextId()` numbering them; returns when the next thing
 * happens in the engine. Where time is cut changes nothing: every arrival is handed in before time reaches it.
 */
export function advanceUnderLoad(engine: SimulatedEngine, source: ArrivalSource, toNs: number, nextId: () => number): number {
  const request = { id: 0, promptTokens: 0, outputTokens: 0 };
  while (source.nextAtNs <= toNs) {
    let lastAtNs = engine.nowNs;
    for (let count = 0; count < ARRIVALS_AHEAD && source.nextAtNs <= toNs; count++) {
      request.id = nextId();
      request.promptTokens = source.promptTokens;
      request.outputTokens = source.outputTokens;
      lastAtNs = source.nextAtNs;
      engine.submit(request, lastAtNs);
      source.take();
    }
    engine.advance(Math.max(engine.nowNs, lastAtNs - 1));
  }
  return engine.advance(toNs);
}
