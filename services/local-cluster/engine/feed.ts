import type { SimulatedEngine } from './engine-types.js';
import type { PoissonLoad } from './poisson-load.js';

/** Arrivals handed in ahead of time, so that the engine's queue of future arrivals stays small over any stretch of time. */
const ARRIVALS_AHEAD = 256;

/**
 * Brings the engine to `toNs` with the arrivals of `load` on the way, `nextId()` numbering them; returns when the next thing
 * happens in the engine. Where time is cut changes nothing: every arrival is handed in before time reaches it.
 */
export function advanceUnderLoad(engine: SimulatedEngine, load: PoissonLoad, toNs: number, nextId: () => number): number {
  const request = { id: 0, promptTokens: 0, outputTokens: 0 };
  while (load.nextAtNs <= toNs) {
    let lastAtNs = engine.nowNs;
    for (let count = 0; count < ARRIVALS_AHEAD && load.nextAtNs <= toNs; count++) {
      request.id = nextId();
      request.promptTokens = load.promptTokens;
      request.outputTokens = load.outputTokens;
      lastAtNs = load.nextAtNs;
      engine.submit(request, lastAtNs);
      load.take();
    }
    engine.advance(Math.max(engine.nowNs, lastAtNs - 1));
  }
  return engine.advance(toNs);
}
