import type { Pod } from '#shared/kube/wire.js';
import { isServing, type ManagedServer } from '../managed-server.js';
import { growthSince, measuredTime, servingSince, type MeasuredTime, type WindowOptions } from '../metrics/pod-window.js';
import type { PodHistory, SampleStore } from '../metrics/sample-store.js';
import { allMissing, type ReadingProvider, type SourceReadings } from './source.js';
import { summarisePods, type KnownPod } from './summarise-pods.js';

export interface ScrapeSourceOptions extends WindowOptions {
  /** A pod whose newest sample is older is unknown. */
  freshMs: number;
}

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
  const servedMs = nowMs - servingSince([...histories.values()]);
  return summarisePods(known, former, { servingPods: serving.length, spanMs: nowMs - time.fromMs, servedMs }, options.windowMs);
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

function unknown(reason: string): SourceReadings {
  return { server: allMissing(reason), arrivalRateByPod: new Map() };
}
