import type { Coverage, Reading, ServerReadings } from '#shared/contracts/loop.js';
import type { Pod } from '#shared/kube/wire.js';
import { isServing, type ManagedServer } from '../managed-server.js';
import type { EngineSample, Tally } from '../metrics/engine-sample.js';
import { sumGrowth, type Growth } from '../metrics/growth.js';
import { growthSince, measuredTime, type MeasuredTime, type WindowOptions } from '../metrics/pod-window.js';
import type { PodHistory, SampleStore } from '../metrics/sample-store.js';
import { allMissing, type ReadingProvider, type SourceReadings } from './source.js';

export interface ScrapeSourceOptions extends WindowOptions {
  /** A pod whose newest sample is older is unknown. */
  freshMs: number;
}

interface KnownPod {
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
const NOTHING_FINISHED = 'no request finished in the window';

/**
 * Figures from the pods' own `/metrics`. Replicas of a server share its load evenly, so the mean of the known ones stands for the others,
 * as long as at least half of the ready ones are known; with fewer, one odd pod would speak for the server, and nothing is said.
 */
export function createScrapeSource(store: SampleStore, options: ScrapeSourceOptions): ReadingProvider {
  return {
    source: 'scrape',
    read: (server, nowMs) => readServer(server, store, options, nowMs),
  };
}

function readServer(server: ManagedServer, store: SampleStore, options: ScrapeSourceOptions, nowMs: number): SourceReadings {
  const ready = server.pods.filter(isServing);
  if (ready.length === 0) return unknown('no pod is ready');
  const histories = store.ofDeployment(server.deployment.metadata?.uid ?? '');
  // Who has only just become ready took no part in what came before, and is no pod of which too little is known.
  const serving = ready.filter((pod) => !isNewcomer(pod, histories, options, nowMs));
  if (serving.length === 0) return unknown('no pod was scraped yet');
  const time = measuredTime([...histories.values()], nowMs, options);

  const known: KnownPod[] = [];
  const reasons: string[] = [];
  for (const pod of serving) {
    const found = measure(pod, histories, time, options, nowMs);
    if (typeof found === 'string') reasons.push(`${pod.metadata?.name ?? ''}: ${found}`);
    else known.push(found);
  }
  if (known.length * 2 < serving.length) {
    return unknown(`${known.length} of ${serving.length} ready pods known: ${reasons.slice(0, 3).join(', ')}`);
  }

  // Pods that stopped serving within the window took their share of the load before.
  const servingUids = new Set(serving.map(({ metadata }) => metadata?.uid ?? ''));
  const former = [...histories]
    .filter(([uid]) => !servingUids.has(uid))
    .flatMap(([, history]) => growthSince(history, time, { ...options, minSpanMs: 0 })?.growth ?? []);
  return summarise(known, former, serving.length, nowMs - time.fromMs, options);
}

/** Not scraped yet, and ready for less time than a sample stays fresh. */
function isNewcomer(
  { metadata, status }: Pod,
  histories: ReadonlyMap<string, PodHistory>,
  { freshMs }: ScrapeSourceOptions,
  nowMs: number,
): boolean {
  const history = histories.get(metadata?.uid ?? '');
  if (history !== undefined && (history.samples.length > 0 || history.lastFailure !== undefined)) return false;
  const readySince = status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  return readySince !== undefined && nowMs - Date.parse(readySince) < freshMs;
}

/** A reason instead of figures where there are none to rely on. */
function measure(
  { metadata }: Pod,
  histories: ReadonlyMap<string, PodHistory>,
  time: MeasuredTime,
  options: ScrapeSourceOptions,
  nowMs: number,
): KnownPod | string {
  const uid = metadata?.uid ?? '';
  const history = histories.get(uid);
  const newest = history?.samples.at(-1);
  if (history === undefined || newest === undefined) return history?.lastFailure ?? 'not scraped yet';
  const ageMs = nowMs - newest.at;
  if (ageMs > options.freshMs) return `${history.lastFailure ?? 'no answer'}; last figures ${Math.round(ageMs / 1000)} s old`;
  const since = growthSince(history, time, options);
  if (since === undefined) return `figures over less than ${options.minSpanMs / 1000} s`;
  return { uid, newest, ...since };
}

function summarise(
  known: readonly KnownPod[],
  former: readonly Growth[],
  servingPods: number,
  spanMs: number,
  options: ScrapeSourceOptions,
): SourceReadings {
  const at = Math.min(...known.map(({ newest }) => newest.at));
  const coverage = coverageOf(known, options);
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
  const kvCacheUsages = known.flatMap(({ newest }) => newest.kvCacheUsage ?? []);
  const server: ServerReadings = {
    arrivalRate: arrivalRate === 0 && coverage.quality === 'short' ? { missing: tooShort(coverage) } : value(arrivalRate),
    throughput: value(rate(({ completions }) => completions)),
    avgInTokens: tokens('promptTokens'),
    avgOutTokens: tokens('generationTokens'),
    itlAverage: latency(growth.itl),
    ttftAverage: latency(growth.ttft),
    numRunning: gauge(share * sum(known.map(({ newest }) => newest.running))),
    numWaiting: gauge(share * sum(known.map(({ newest }) => newest.waiting))),
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
    if (recent.count >= ENOUGH_FINISHED) return value(recent.sum / recent.count);
    const all = known.flatMap(({ newest }) => newest[figure] ?? []);
    const count = sum(all.map((tally) => tally.count));
    const isIdle = arrivalRate === 0 && recent.count === 0;
    return isIdle || count === 0 ? { missing: NOTHING_FINISHED } : value(sum(all.map((tally) => tally.sum)) / count);
  }
}

/** What the figures rest on: the time since the window began, or since the last gap within it. */
function coverageOf(known: readonly KnownPod[], { windowMs }: ScrapeSourceOptions): Coverage {
  const spanMs = Math.min(windowMs, Math.max(...known.map((pod) => pod.spanMs)));
  return { spanMs, windowMs, quality: spanMs < windowMs * LEAST_COVERAGE ? 'short' : 'full' };
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

function unknown(reason: string): SourceReadings {
  return { server: allMissing(reason), arrivalRateByPod: new Map() };
}
