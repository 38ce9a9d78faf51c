import type { Allocation, ModelPerfSpec, SystemData } from '#shared/contracts/system-data.js';
import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { Decision } from '../../../controller/core/conclude.js';
import { decide } from '../../../controller/core/decide.js';
import type { ControllerData } from '../../../controller/core/facts.js';
import type { GuardConfig } from '../../../controller/core/guard-config.js';
import { NO_STATE } from '../../../controller/core/guard-memory.js';
import { collected, server } from '../../../controller/test/support/fleet.js';
import { iterationCosts } from '../../../local-cluster/engine/costs.js';
import { Engine } from '../../../local-cluster/engine/engine.js';
import { advanceUnderLoad } from '../../../local-cluster/engine/feed.js';
import { kvCapacityTokens } from '../../../local-cluster/engine/kv-capacity.js';
import { PoissonLoad, type OfferedLoad } from '../../../local-cluster/engine/poisson-load.js';
import { optimize } from '../../../optimizer/core/optimize.js';

/** What an optimizer answers over REST. */
export function answer({ system }: SystemData): OptimizeOneResponse {
  const { solver, ...decision } = optimize(system, { firstTokenWithPrefill: true });
  return { ...decision, solver: { ...solver, ms: 0 } };
}

export function conclusionOf(deciding: ReturnType<typeof decide>): Decision {
  let step = deciding.next();
  while (step.done !== true) step = deciding.next(answer(step.value));
  return step.value;
}

export type Running = Pick<Allocation, 'accelerator' | 'numReplicas' | 'maxBatch'>;

export interface VirtualLoopOptions {
  data: ControllerData;
  config: GuardConfig;
  model: string;
  serviceClass: string;
  runs: Running;
  /** Seconds. */
  periodSec: number;
  measuringSec: number;
  startupSec: number;
  /** Of the accelerator; absent: long ago. */
  changedAtSec?: number;
}

interface Replica {
  readonly running: Omit<Running, 'numReplicas'>;
  readonly engine: Engine;
  readonly load: PoissonLoad;
  readonly readyAtSec: number;
}

interface Arrival {
  readonly atSec: number;
  readonly ttftMs: number;
}

const NS_PER_SEC = 1e9;
const MOST_TOKENS = 8192;

/** One server, its replicas simulated, and the loop around it, in virtual time: what is measured is decided upon and carried out. */
export class VirtualLoop {
  nowSec = 0;
  readonly arrivals: Arrival[] = [];
  readonly decisions: Decision[] = [];
  #replicas: Replica[] = [];
  /** They finish what they have. */
  #draining: Replica[] = [];
  #asked: Running;
  #state = NO_STATE;
  #load: OfferedLoad = { arrivalRatePerMin: 0, avgInTokens: 0, avgOutTokens: 0 };
  #started = 0;
  #changedAtMs: number | undefined;
  readonly #finished: { atSec: number; inTokens: number; outTokens: number }[] = [];
  /** Requests that had come by each second. */
  readonly #came: number[] = [0];
  readonly #options: VirtualLoopOptions;

  constructor(options: VirtualLoopOptions) {
    this.#options = options;
    this.#asked = options.runs;
    if (options.changedAtSec !== undefined) this.#changedAtMs = options.changedAtSec * 1000;
    for (let count = 0; count < options.runs.numReplicas; count++) this.#start(0);
  }

  get asked(): Running {
    return this.#asked;
  }

  offer(load: OfferedLoad): void {
    this.#load = load;
    this.#share();
  }

  /** Lets the time go on; with `decides` a cycle runs once a period. */
  run(seconds: number, decides = true): void {
    const endSec = this.nowSec + seconds;
    while (this.nowSec < endSec) {
      this.nowSec++;
      this.#replaceOld();
      for (const { engine, load } of this.#all()) advanceUnderLoad(engine, load, this.nowSec * NS_PER_SEC, () => 0);
      this.#draining = this.#draining.filter((replica) => insideOf(replica) > 0);
      this.#came.push(this.#finished.length + this.#all().reduce((sum, replica) => sum + insideOf(replica), 0));
      if (decides && this.nowSec % this.#options.periodSec === 0) this.#cycle();
    }
  }

  /** Mean TTFT of the requests that got their first token in the last seconds, ms. */
  meanTtftMs(seconds: number): number {
    const recent = this.arrivals.filter(({ atSec }) => atSec > this.nowSec - seconds);
    return recent.reduce((sum, { ttftMs }) => sum + ttftMs, 0) / recent.length;
  }

  #all(): Replica[] {
    return [...this.#replicas, ...this.#draining];
  }

  #cycle(): void {
    const { data, config, model, serviceClass, measuringSec } = this.#options;
    const nowMs = this.nowSec * 1000;
    const seen = this.#finished.filter(({ atSec }) => atSec > this.nowSec - measuringSec);
    const mean = (of: (item: (typeof seen)[number]) => number) => seen.reduce((sum, item) => sum + of(item), 0) / seen.length;
    const ready = this.#replicas.filter((replica) => this.#isAsked(replica) && replica.readyAtSec <= this.nowSec).length;
    const { accelerator, numReplicas, maxBatch } = this.#asked;
    const pods: Record<string, number> = {};
    for (const { running } of this.#replicas) pods[running.accelerator] = (pods[running.accelerator] ?? 0) + 1;
    const ofServer = server('s', {
      ...{ class: serviceClass, model, accelerator, replicas: numReplicas, maxBatch },
      rate: (((this.#came.at(-1) ?? 0) - (this.#came.at(-1 - measuringSec) ?? 0)) * 60) / measuringSec,
      outTokens: seen.length === 0 ? 'no completions' : mean((item) => item.outTokens),
      itl: 'not measured',
      ttft: this.meanTtftMs(measuringSec) || 'no first tokens',
      waiting: this.#replicas.reduce((sum, { engine }) => sum + engine.counters().waiting, 0),
      coverage: { spanMs: measuringSec * 1000, windowMs: measuringSec * 1000, quality: 'full' },
      status: {
        readyReplicas: ready,
        startingReplicas: numReplicas - ready,
        rolloutInProgress: this.#replicas.some((replica) => !this.#isAsked(replica)),
        podsByAccelerator: pods,
        serving: { [accelerator]: { pods: ready, maxBatch } },
        ...(this.#changedAtMs === undefined ? {} : { acceleratorChangedAt: this.#changedAtMs }),
      },
    });
    const fleet = collected([ofServer]);
    const inTokens = { value: mean((item) => item.inTokens), at: nowMs, source: 'scrape' as const };
    if (seen.length > 0) fleet.readings['s'] = { ...fleet.readings['s']!, avgInTokens: inTokens };
    const decision = conclusionOf(decide({ collected: fleet, data, state: this.#state, config, nowMs }));
    this.#state = decision.state;
    this.decisions.push(decision);
    const change = decision.changes['s'];
    if (change !== undefined) this.#apply(change);
  }

  /** As the actuator does: a new template goes through the replicas that there are before their count changes. */
  #apply({ accelerator, numReplicas, maxBatch }: Allocation): void {
    if (accelerator !== this.#asked.accelerator) this.#changedAtMs = this.nowSec * 1000;
    this.#asked = { accelerator, numReplicas, maxBatch };
    const missing = numReplicas - this.#replicas.filter((replica) => this.#isAsked(replica)).length;
    for (let count = 0; count < missing; count++) this.#start(this.nowSec + this.#options.startupSec);
    if (missing < 0) this.#drain(this.#replicas.slice(numReplicas));
    this.#share();
  }

  #replaceOld(): void {
    const current = this.#replicas.filter((replica) => this.#isAsked(replica));
    if (current.length < this.#replicas.length && current.every(({ readyAtSec }) => readyAtSec <= this.nowSec)) {
      this.#drain(this.#replicas.filter((replica) => !current.includes(replica)));
    }
    this.#share();
  }

  #drain(replicas: readonly Replica[]): void {
    for (const { load } of replicas) load.setLoad(undefined, this.nowSec * NS_PER_SEC);
    this.#draining.push(...replicas);
    this.#replicas = this.#replicas.filter((replica) => !replicas.includes(replica));
  }

  #isAsked({ running }: Replica): boolean {
    return running.accelerator === this.#asked.accelerator && running.maxBatch === this.#asked.maxBatch;
  }

  #share(): void {
    const ready = this.#replicas.filter(({ readyAtSec }) => readyAtSec <= this.nowSec);
    const each = { ...this.#load, arrivalRatePerMin: this.#load.arrivalRatePerMin / Math.max(1, ready.length) };
    for (const { load } of ready) load.setLoad(each, this.nowSec * NS_PER_SEC);
  }

  #start(readyAtSec: number): void {
    const { accelerator, maxBatch } = this.#asked;
    const perf = this.#perfOn(accelerator);
    const { avgInTokens, avgOutTokens } = this.#load;
    const { maxBatchSize, atTokens } = perf;
    const kvInput = { memSizeGb: 0, maxBatchSize, atTokens, maxBatch, avgInTokens, avgOutTokens };
    const costs = iterationCosts(perf.perfParms!);
    const seed = ++this.#started;
    const engine = new Engine(
      { costs, maxBatch, kvCapacityTokens: Math.max(MOST_TOKENS, kvCapacityTokens(kvInput)), seed },
      {
        completed: ({ finishedNs, promptTokens, outputTokens }) =>
          void this.#finished.push({ atSec: finishedNs / NS_PER_SEC, inTokens: promptTokens, outTokens: outputTokens }),
        firstToken: (_, arrivedNs, atNs) =>
          void this.arrivals.push({ atSec: atNs / NS_PER_SEC, ttftMs: (atNs - arrivedNs) / 1e6 }),
      },
    );
    engine.advance(this.nowSec * NS_PER_SEC);
    const running = { accelerator, maxBatch };
    this.#replicas.push({ running, engine, load: new PoissonLoad({ seed: 100 * seed, maxTokens: MOST_TOKENS }), readyAtSec });
  }

  #perfOn(accelerator: string): ModelPerfSpec {
    const { data, model } = this.#options;
    const perf = data.modelData.models.find((item) => item.name === model && item.acc === accelerator);
    if (perf === undefined) throw new Error(`no data of ${model} on ${accelerator}`);
    return perf;
  }
}

function insideOf({ engine }: Replica): number {
  const { running, waiting } = engine.counters();
  return running + waiting;
}
