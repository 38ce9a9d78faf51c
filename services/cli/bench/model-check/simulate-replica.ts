import { type EngineCosts, NS_PER_MS } from '../../../local-cluster/engine/costs.js';
import { Engine } from '../../../local-cluster/engine/engine.js';
import { advanceUnderLoad } from '../../../local-cluster/engine/feed.js';
import { PoissonLoad } from '../../../local-cluster/engine/poisson-load.js';

export interface ReplicaLoad {
  readonly costs: EngineCosts;
  readonly maxBatch: number;
  readonly ratePerMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Standard deviation of the logarithm of a request's token counts; 0: all are alike. */
  readonly tokenSigma: number;
  readonly seed: number;
  /** Requests that are measured, after as many as it takes to forget the empty start. */
  readonly requests: number;
}

/** What every measured request saw, ms, in the order in which they finished. */
export interface Observed {
  readonly ttftMs: Float64Array;
  /** (finish − first token)/(output tokens − 1); requests of one token have none. */
  readonly itlMs: Float64Array;
}

/** The queue fills from empty in a few stays of a full batch, the longer the nearer it is to its limit. */
const WARM_UP = 0.25;

/** One replica of the simulated engine under Poisson arrivals, in virtual time. The KV cache is never the limit. */
export function simulateReplica(load: ReplicaLoad): Observed {
  const { costs, maxBatch, ratePerMs, inputTokens, outputTokens, tokenSigma, seed, requests } = load;
  const maxTokens = 40 * (inputTokens + outputTokens);
  const ttftMs = new Float64Array(requests);
  const itlMs = new Float64Array(requests);
  const warmUp = Math.ceil(WARM_UP * requests);
  let seen = 0;
  let measured = 0;
  let withItl = 0;
  const engine = new Engine(
    { costs, maxBatch, kvCapacityTokens: Math.min(2 ** 31 - 1, maxBatch * maxTokens) },
    {
      completed: (request) => {
        if (seen++ < warmUp || measured === requests) return;
        ttftMs[measured] = (request.firstTokenNs - request.arrivedNs) / NS_PER_MS;
        measured++;
        if (request.outputTokens === 1) return;
        itlMs[withItl] = (request.finishedNs - request.firstTokenNs) / (request.outputTokens - 1) / NS_PER_MS;
        withItl++;
      },
    },
  );
  const source = new PoissonLoad({ seed, maxTokens, tokenSigma });
  source.setLoad({ arrivalRatePerMin: ratePerMs * 60_000, avgInTokens: inputTokens, avgOutTokens: outputTokens }, 0);
  const stepNs = Math.ceil((0.05 * requests * NS_PER_MS) / ratePerMs);
  let id = 0;
  while (measured < requests) advanceUnderLoad(engine, source, engine.nowNs + stepNs, () => id++);
  return { ttftMs, itlMs: itlMs.subarray(0, withItl) };
}
