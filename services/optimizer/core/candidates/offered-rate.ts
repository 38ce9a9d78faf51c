import type { OfferedLoad } from '../offered-load.js';
import type { Targets } from '../sizing/size-replica.js';

const MS_PER_SEC = 1000;
const MS_PER_MIN = 60_000;

/** Requests/ms to size for: none where the load is zero or unknown, whatever a TPS target says. */
export function offeredRatePerMs(load: OfferedLoad, targets: Targets, tpsTargetReplacesLoad: boolean): number {
  if (load.kind !== 'known') return 0;
  const loadRate = load.arrivalRatePerMin / MS_PER_MIN;
  if (targets.tokensPerSec === 0) return loadRate;
  const targetRate = targets.tokensPerSec / load.shape.outputTokens / MS_PER_SEC;
  return tpsTargetReplacesLoad ? targetRate : Math.max(targetRate, loadRate);
}
