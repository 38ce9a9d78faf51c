import { ManualClock } from '#shared/clock/manual-clock.js';
import type { IterationParms, LinearParms } from '../../engine/costs.js';
import { type ModelServer, startModelServer } from '../model-server.js';
import type { ModelServerOptions } from '../options.js';

export const MODEL = 'granite_13b';

/** Its α, β and γ make times that are easy to follow. */
export const PARMS = { alpha: 10, beta: 0.1, gamma: 0.001 };

/** TTFT of a lone request of 100 tokens, the prompt of `completion`. */
export const TTFT_MS = 10 + 0.1 * 100 + 0.001 * 100;

export const START_MS = 1_700_000_000_000;

type Family = { perfParms: IterationParms } | LinearParms;
type Options = Partial<Omit<ModelServerOptions, keyof LinearParms | 'perfParms'>>;

/** A model server under a manual clock, reached over real HTTP. */
export class RunningServer {
  readonly clock: ManualClock;
  readonly model: ModelServer;

  private constructor(clock: ManualClock, model: ModelServer) {
    this.clock = clock;
    this.model = model;
  }

  static async start(options: Options = {}, family: Family = { perfParms: PARMS }): Promise<RunningServer> {
    const clock = new ManualClock(START_MS);
    const model = await startModelServer({
      address: '127.0.0.1',
      port: 0,
      modelName: MODEL,
      maxBatch: 4,
      kvCapacityTokens: 1000,
      startupDelayMs: 0,
      clock,
      ...options,
      ...family,
    });
    return new RunningServer(clock, model);
  }

  get(path: string): Promise<Response> {
    return fetch(this.model.url + path);
  }

  post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
    return fetch(this.model.url + path, {
      ...init,
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** A request of 100 prompt and 5 output tokens. */
  completion(extra: object = {}, init: RequestInit = {}): Promise<Response> {
    return this.post(
      '/v1/completions',
      { model: MODEL, prompt: 'x'.repeat(400), max_tokens: 5, ignore_eos: true, ...extra },
      init,
    );
  }

  /** Waits until this many requests have arrived and run or wait: over the wire, so in the machine's time and not the clock's. */
  async busy(requests: number): Promise<void> {
    await until(() => {
      const { running, waiting } = this.model.stats();
      return running + waiting === requests;
    });
  }

  /** The first sample of that name on /metrics. */
  async metric(name: string): Promise<number> {
    const page = await (await this.get('/metrics')).text();
    const line = page.split('\n').find((text) => text.startsWith(`${name}{`));
    return Number(line?.slice(line.lastIndexOf(' ') + 1) ?? Number.NaN);
  }
}

/** Polls between turns of the event loop; throws when it takes longer than anything on loopback can. */
export async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error(`never came about: ${condition.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
