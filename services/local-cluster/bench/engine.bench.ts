import { pathToFileURL } from 'node:url';
import { iterationCosts, NS_PER_MS } from '../engine/costs.js';
import { Engine } from '../engine/engine.js';
import type { EngineOptions, EngineSink, SimulatedEngine } from '../engine/engine-types.js';
import { type ArrivalSource, advanceUnderLoad } from '../engine/feed.js';
import { NaiveEngine } from '../engine/naive-engine.js';
import { type OfferedLoad, PoissonLoad } from '../engine/poisson-load.js';

type EngineClass = new (options: EngineOptions, sink: EngineSink) => SimulatedEngine;

interface Workload {
  name: string;
  maxBatch: number;
  kvCapacityTokens?: number;
  load: OfferedLoad;
}

/** Of one A100 with granite_13b as in sample-data/large; noise on, since a server in the loop has it on. */
const COSTS = iterationCosts({ alpha: 20.58, beta: 0.041, gamma: 0.00128125 });

const WORKLOADS: readonly Workload[] = [
  { name: 'short, nearly idle', maxBatch: 64, load: { arrivalRatePerMin: 60, avgInTokens: 128, avgOutTokens: 16 } },
  { name: 'short, batch full', maxBatch: 64, load: { arrivalRatePerMin: 6000, avgInTokens: 128, avgOutTokens: 8 } },
  { name: 'chat, half full', maxBatch: 64, load: { arrivalRatePerMin: 280, avgInTokens: 512, avgOutTokens: 128 } },
  { name: 'long answers', maxBatch: 64, load: { arrivalRatePerMin: 30, avgInTokens: 512, avgOutTokens: 1024 } },
  { name: 'long prompts, chunks', maxBatch: 32, load: { arrivalRatePerMin: 20, avgInTokens: 20_000, avgOutTokens: 128 } },
  {
    name: 'KV full, preempting',
    maxBatch: 64,
    kvCapacityTokens: 12_000,
    load: { arrivalRatePerMin: 280, avgInTokens: 512, avgOutTokens: 128 },
  },
];

const ROOMY_KV_TOKENS = 1_000_000;
const RUNS = 5;
const ENGINE_REQUESTS = 200_000;
/** The naive twin is given fewer: its rate does not depend on how many pass through. */
const NAIVE_REQUESTS = 2_000;

/** Requests per second of wall time in virtual time, one replica on one core: the engine and its naive twin, on the same arrivals. */
export function run(print: (line: string) => void): Promise<void> {
  print(`simulated engine in virtual time, requests per second of wall time, medians of ${RUNS} runs`);
  print(
    row('workload', 'tokens/iteration', 'preempted', 'engine', 'with generator', 'naive twin', 'engine/naive', 'time gained'),
  );
  for (const workload of WORKLOADS) {
    const many = record(workload, ENGINE_REQUESTS);
    const few = record(workload, NAIVE_REQUESTS);
    checkSame(workload, few);
    // Once unmeasured, so that both are compiled.
    simulate(Engine, workload, replay(many), many.untilNs);
    const engine = medianOf(() => simulate(Engine, workload, replay(many), many.untilNs));
    const generating = medianOf(() => simulate(Engine, workload, generator(workload), many.untilNs));
    const naive = medianOf(() => simulate(NaiveEngine, workload, replay(few), few.untilNs));
    const { counters } = engine;
    print(
      row(
        workload.name,
        (counters.generatedTokens / counters.iterations).toFixed(1),
        String(counters.preemptions),
        grouped(engine.requestsPerS),
        grouped(generating.requestsPerS),
        grouped(naive.requestsPerS),
        `${grouped(engine.requestsPerS / naive.requestsPerS)} ×`,
        `${grouped(engine.timeGained)} ×`,
      ),
    );
  }
  return Promise.resolve();
}

function generator({ kvCapacityTokens = ROOMY_KV_TOKENS, load }: Workload): PoissonLoad {
  const source = new PoissonLoad({ seed: 2, maxTokens: kvCapacityTokens });
  source.setLoad(load, 0);
  return source;
}

interface Recording {
  atNs: Float64Array;
  promptTokens: Int32Array;
  outputTokens: Int32Array;
  untilNs: number;
}

/** The first `requests` arrivals of the workload, drawn in advance: the generator's share of the time is not the engine's. */
function record(workload: Workload, requests: number): Recording {
  const source = generator(workload);
  const atNs = new Float64Array(requests);
  const promptTokens = new Int32Array(requests);
  const outputTokens = new Int32Array(requests);
  for (let index = 0; index < requests; index++) {
    atNs[index] = source.nextAtNs;
    promptTokens[index] = source.promptTokens;
    outputTokens[index] = source.outputTokens;
    source.take();
  }
  return { atNs, promptTokens, outputTokens, untilNs: atNs[requests - 1] as number };
}

function replay({ atNs, promptTokens, outputTokens }: Recording): ArrivalSource {
  let index = 0;
  return {
    get nextAtNs() {
      return atNs[index] ?? Infinity;
    },
    get promptTokens() {
      return promptTokens[index] as number;
    },
    get outputTokens() {
      return outputTokens[index] as number;
    },
    take() {
      index++;
    },
  };
}

interface Measured {
  requestsPerS: number;
  /** Simulated time over wall time. */
  timeGained: number;
  counters: ReturnType<SimulatedEngine['counters']>;
  checksum: number;
}

function simulate(Class: EngineClass, workload: Workload, source: ArrivalSource, untilNs: number): Measured {
  const { maxBatch, kvCapacityTokens = ROOMY_KV_TOKENS } = workload;
  let completed = 0;
  let checksum = 0;
  const sink: EngineSink = {
    completed: ({ finishedNs, firstTokenNs }) => {
      completed++;
      // A sum, since those that finish at one instant may come in either order.
      checksum = (checksum + (finishedNs % 1e9) * 31 + (firstTokenNs % 1e9)) % 1e12;
    },
  };
  const engine = new Class({ costs: COSTS, maxBatch, kvCapacityTokens, noise: 0.05, seed: 1 }, sink);
  let id = 0;
  const startMs = performance.now();
  advanceUnderLoad(engine, source, untilNs, () => id++);
  const wallMs = performance.now() - startMs;
  return {
    requestsPerS: (1000 * completed) / wallMs,
    timeGained: untilNs / NS_PER_MS / wallMs,
    counters: engine.counters(),
    checksum,
  };
}

/** A comparison of two programs that do not agree would say nothing. */
function checkSame(workload: Workload, recording: Recording): void {
  const [engine, naive] = [Engine, NaiveEngine].map((Class) => simulate(Class, workload, replay(recording), recording.untilNs));
  if (engine?.checksum !== naive?.checksum || engine?.counters.iterations !== naive?.counters.iterations)
    throw new Error(`engine and naive twin disagree on the workload ${workload.name}`);
}

function medianOf(measure: () => Measured): Measured {
  const all = Array.from({ length: RUNS }, measure).sort((a, b) => a.requestsPerS - b.requestsPerS);
  return all[RUNS >> 1] as Measured;
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function row(name: string, ...cells: string[]): string {
  return `  ${name.padEnd(24)}${cells.map((cell) => cell.padStart(18)).join('')}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await run((line) => console.log(line));
