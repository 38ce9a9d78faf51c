import { Agent, request } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { listen } from '#shared/http/listen.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { createApp } from '../app.js';
import { iterationFamily } from '../core/latency/iteration-family.js';
import { evaluateQueue, noFigures } from '../core/latency/queue.js';
import { serviceCurve, serviceRatePerMs, type ServiceCurve } from '../core/latency/service-curve.js';
import { optimize } from '../core/optimize.js';
import { plainQueue } from './plain-queue.js';
import { sampleProblem } from './sample-problem.js';
import { benchSizing } from './sizing-bench.js';

const options = { firstTokenWithPrefill: false };
const WARM_UP_MS = 1_000;
const RUNS = 25;

/** `optimizeOne` on data of growing size, one evaluation of the queue against the plain sum over its states, and sizing. */
export async function run(print: (line: string) => void): Promise<void> {
  print('optimizeOne, medians in ms (the Go reference over HTTP: large 4.45, 270 servers 34, 1080 servers 133)');
  print('unexplained (explain=none) answers what the reference answers: allocations without their reasons');
  print('greedy decides as the reference does; auto, the default, looks for what is cheaper: cents/hr of all that is allocated');
  print(row('problem, solver', 'core', 'of Go', 'over HTTP', 'of Go', 'unexplained', 'of Go', 'cents/hr'));
  await benchProblem(print, 'large, 27 servers', await sampleProblem('large'), 4.45);
  await benchProblem(print, 'large × 10, 270 servers', await sampleProblem('large', 10), 34);
  await benchProblem(print, 'large × 40, 1080 servers', await sampleProblem('large', 40), 133);
  await benchProblem(print, 'large × 10, all different', await sampleProblem('large', 10, true), 34);
  await benchProblem(print, 'large × 40, all different', await sampleProblem('large', 40, true), 133);
  print('');
  print('one evaluation of the queue at 0.9 of its highest rate, ten waiting per slot, medians in µs');
  print(row('max batch', 'closed form', 'plain sum', 'ratio', ''));
  for (const maxBatch of [32, 256, 2048]) benchQueue(print, maxBatch);
  print('');
  benchSizing(print);
}

async function benchProblem(print: (line: string) => void, name: string, data: SystemSpec, referenceMs: number): Promise<void> {
  for (const solver of ['greedy', 'auto'] as const) {
    const optimizerData = { optimizer: { ...data.optimizerData.optimizer, solver } };
    await benchSolve(print, `${name}, ${solver}`, { ...data, optimizerData }, referenceMs);
  }
}

async function benchSolve(print: (line: string) => void, name: string, system: SystemSpec, referenceMs: number): Promise<void> {
  const coreMs = await medianMs(() => optimize(system, options));
  const app = createApp({
    options,
    elapsedMs: () => performance.now(),
    logger: silentLogger,
    registry: createMetrics('optimizer'),
  });
  const listening = await listen(app, { host: '127.0.0.1', port: 0, portVariable: 'INFERNO_PORT' });
  const body = JSON.stringify({ system });
  const agent = new Agent({ keepAlive: true });
  const httpMs = await medianMs(() => post(`${listening.url}/optimizeOne`, body, agent));
  const plainMs = await medianMs(() => post(`${listening.url}/optimizeOne?explain=none`, body, agent));
  agent.destroy();
  await listening.close(0);
  const cost = Object.values(optimize(system, options).allocations).reduce((sum, allocation) => sum + (allocation.cost ?? 0), 0);
  const times = [coreMs, httpMs, plainMs].flatMap((ms) => [ms.toFixed(2), share(ms, referenceMs)]);
  print(row(name, ...times, cost.toFixed(0)));
}

/** The least of a client: what is measured is the service. */
function post(url: string, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.on('end', resolve).resume();
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
    });
    sent.on('error', reject).end(body);
  });
}

function benchQueue(print: (line: string) => void, maxBatch: number): void {
  const model = iterationFamily(
    { alphaMs: 20.58, betaMs: 0.041, gammaMs: 0.00128125 },
    { inputTokens: 128, outputTokens: 1024 },
    { maxBatch, firstTokenWithPrefill: false },
  );
  const curve = serviceCurve(model, maxBatch, 10 * maxBatch) as ServiceCurve;
  const rate = 0.9 * serviceRatePerMs(curve, maxBatch);
  const figures = noFigures();
  const closed = medianUs(() => evaluateQueue(curve, rate, figures));
  const plain = medianUs(() => plainQueue(curve, rate));
  print(row(String(maxBatch), closed.toFixed(3), plain.toFixed(1), `1 : ${(plain / closed).toFixed(0)}`, ''));
}

async function medianMs(work: () => unknown): Promise<number> {
  const warmUntil = performance.now() + WARM_UP_MS;
  while (performance.now() < warmUntil) await work();
  const times: number[] = [];
  for (let turn = 0; turn < RUNS; turn++) {
    // As between requests: what the last turn left to collect is not charged to this one.
    await setImmediate();
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return median(times);
}

/** For work of less than a tick of the clock: batches of it. */
function medianUs(work: () => unknown): number {
  const times: number[] = [];
  for (let turn = 0; turn < RUNS; turn++) {
    const startedMs = performance.now();
    let done = 0;
    while (performance.now() - startedMs < 10) {
      for (let repeat = 0; repeat < 50; repeat++) work();
      done += 50;
    }
    times.push(((performance.now() - startedMs) * 1000) / done);
  }
  return median(times);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] as number;
}

function share(ms: number, referenceMs: number): string {
  return `1/${(referenceMs / ms).toFixed(1)}`;
}

function row(...cells: string[]): string {
  const [first = '', ...rest] = cells;
  return (first.padEnd(34) + rest.map((cell) => cell.padStart(12)).join('')).trimEnd();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await run(console.log);
