import type { Coverage, Reading, ServerReadings } from '#shared/contracts/loop.js';
import type { EngineSample, Tally } from '../metrics/engine-sample.js';
import { sumGrowth, type Growth } from '../metrics/growth.js';
import type { SourceReadings } from './source.js';

/** A pod of which enough is known. */
export interface KnownPod {
  uid: string;
  newest: EngineSample;
  growth: Growth;
  spanMs: number;
}

const MS_PER_MINUTE = 60_000;
/** A mean of fewer requests says little: their tokens differ by a factor of two and more. */
const ENOUGH_FINISHED = 10;
/**
 * Part of the window that must be covered before a load counts as low, and nothing as idle: of 30 requests/min one finds none in 4 s in
 * 14 % of all cases, in 30 s in none. After a start the first requests to finish are short ones, too.
 */
const LEAST_COVERAGE = 0.5;
/**
 * Before a pod has served for this many times the mean stay of its requests, long ones are still inside, and those that have finished
 * lean to the short: with answers of a minute the mean output after half a minute came to 150 tokens of 256.
 */
const STAYS_UNTIL_EVEN = 2;
const NOTHING_FINISHED = 'no request finished in the window';

export interface Served {
  servingPods: number;
  /** Of what is counted of pods that served before. */
  spanMs: number;
  /** For how long there have been pods that serve. */
  servedMs: number;
}

/**
 * The figures of a server from those of its pods, and of pods that served before.
 * @param windowMs longest time that figures are taken over
 */
export function summarisePods(
  known: readonly KnownPod[],
  former: readonly Growth[],
  { servingPods, spanMs, servedMs }: Served,
  windowMs: number,
): SourceReadings {
  const at = Math.min(...known.map(({ newest }) => newest.at));
  const coverage = coverageOf(known, windowMs);
  /** A figure of this moment, and one that is taken over the window. */
  const gauge = (number: number): Reading => ({ value: number, at, source: 'scrape' });
  const value = (number: number): Reading => ({ value: number, at, source: 'scrape', coverage });
  const share = servingPods / known.length;
  /** Requests/min of all serving pods and, over the same window, of those that served before. */
  const rate = (count: (growth: Growth) => number): number =>
    share * sum(known.map((pod) => perMinute(count(pod.growth), pod.spanMs))) +
    sum(former.map((growth) => perMinute(count(growth), spanMs)));

  const growth = sumGrowth([...known.map((pod) => pod.growth), ...former]);
  const arrivalRate = rate(({ arrivals }) => arrivals);
  const numRunning = share * sum(known.map(({ newest }) => newest.running));
  const numWaiting = share * sum(known.map(({ newest }) => newest.waiting));
  const stayMs = arrivalRate === 0 ? 0 : ((numRunning + numWaiting) * MS_PER_MINUTE) / arrivalRate;
  const ofFinished = coverageOfFinished(coverage, stayMs, servedMs);
  const kvCacheUsages = known.flatMap(({ newest }) => newest.kvCacheUsage ?? []);
  const server: ServerReadings = {
    arrivalRate: arrivalRate === 0 && coverage.quality === 'short' ? { missing: tooShort(coverage) } : value(arrivalRate),
    throughput: value(rate(({ completions }) => completions)),
    avgInTokens: tokens('promptTokens'),
    avgOutTokens: tokens('generationTokens'),
    itlAverage: latency(growth.itl),
    ttftAverage: latency(growth.ttft),
    numRunning: gauge(numRunning),
    numWaiting: gauge(numWaiting),
    kvCacheUsage: kvCacheUsages.length === 0 ? { missing: 'no pod tells it' } : gauge(sum(kvCacheUsages) / kvCacheUsages.length),
  };
  const byPod = known.map((pod) => [pod.uid, perMinute(pod.growth.arrivals, pod.spanMs)] as const);
  return { server, arrivalRateByPod: new Map(byPod) };

  function latency({ sum: seconds, count }: Tally): Reading {
    return count > 0 ? value((1000 * seconds) / count) : { missing: NOTHING_FINISHED };
  }

  /**
   * Mean tokens of the requests that finished; of few of them the mean since the pods started, which is of more. It also stands in under
   * a load of which nothing finishes within the window (an overload, or very long answers): without it the server would count as unknown
   * and be held just then.
   */
  function tokens(figure: 'promptTokens' | 'generationTokens'): Reading {
    const recent = growth[figure];
    const mean = (tally: Tally): Reading => ({ ...value(tally.sum / tally.count), coverage: ofFinished });
    if (recent.count >= ENOUGH_FINISHED) return mean(recent);
    const all = known.flatMap(({ newest }) => newest[figure] ?? []);
    const sinceStart = { sum: sum(all.map((tally) => tally.sum)), count: sum(all.map((tally) => tally.count)) };
    const isIdle = arrivalRate === 0 && recent.count === 0;
    return isIdle || sinceStart.count === 0 ? { missing: NOTHING_FINISHED } : mean(sinceStart);
  }
}

/** What the figures rest on: the time since the window began, or since the last gap within it. */
function coverageOf(known: readonly KnownPod[], windowMs: number): Coverage {
  const spanMs = Math.min(windowMs, Math.max(...known.map((pod) => pod.spanMs)));
  return { spanMs, windowMs, quality: spanMs < windowMs * LEAST_COVERAGE ? 'short' : 'full' };
}

/**
 * What the lengths of requests rest on that have finished.
 * @param stayMs how long a request is inside on average: by Little's law, those inside per arrival
 */
function coverageOfFinished(coverage: Coverage, stayMs: number, servedMs: number): Coverage {
  const neededMs = coverage.windowMs * LEAST_COVERAGE + STAYS_UNTIL_EVEN * stayMs;
  const isEven = coverage.quality === 'short' || servedMs >= neededMs;
  return isEven ? coverage : { spanMs: servedMs, windowMs: neededMs, quality: 'short' };
}

function tooShort({ spanMs, windowMs }: Coverage): string {
  const [seen, needed] = [spanMs, windowMs * LEAST_COVERAGE].map((ms) => (ms / 1000).toFixed(0));
  return `no request within ${seen ?? ''} s, which is idle only after ${needed ?? ''} s`;
}

/** Never negative: requests that were given up leave without finishing. */
function perMinute(count: number, spanMs: number): number {
  return (Math.max(0, count) * MS_PER_MINUTE) / spanMs;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
