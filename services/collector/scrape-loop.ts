import { Counter, type Registry } from 'prom-client';
import { mapBounded } from '#shared/async/map-bounded.js';
import type { Clock } from '#shared/clock/clock.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { readEngineSample } from './core/metrics/engine-sample.js';
import type { PodIdentity, SampleStore } from './core/metrics/sample-store.js';
import { isReady } from './core/managed-server.js';
import { podsByDeployment } from './core/owned-pods.js';
import { readyAt, scrapeTarget, startedAt, type ScrapeTarget } from './core/scrape-target.js';
import type { ClusterView, MetricsFetcher } from './ports.js';

export interface ScrapeLoopOptions {
  view: ClusterView;
  store: SampleStore;
  fetcher: MetricsFetcher;
  clock: Clock;
  logger: Logger;
  intervalMs: number;
  /** Pods that are asked at a time. */
  concurrency: number;
  registry: Registry;
}

export interface ScrapeLoop {
  start(): void;
  stop(): Promise<void>;
}

interface Job {
  pod: PodIdentity;
  name: string;
  target: ScrapeTarget;
}

/** Asks every ready pod of a managed Deployment for its figures, again and again; a round that takes long delays the next one. */
export function createScrapeLoop(options: ScrapeLoopOptions): ScrapeLoop {
  const { view, store, fetcher, clock, logger, intervalMs, concurrency } = options;
  const scrapes = new Counter({
    name: 'inferno_collector_scrapes_total',
    help: 'Readings of the metrics of pods, by whether they gave figures.',
    labelNames: ['result'],
    registers: [options.registry],
  });
  let cancelTimer = (): void => undefined;
  let stopped = false;
  let round = Promise.resolve();

  function jobs(): Job[] {
    const { deployments, replicaSets, pods } = view.snapshot();
    return [...podsByDeployment(deployments, replicaSets, pods)].flatMap(([deploymentUid, owned]) =>
      owned.filter(isReady).map((pod) => ({
        pod: { uid: pod.metadata?.uid ?? '', deploymentUid, startedAt: startedAt(pod), readyAt: readyAt(pod) },
        name: `${pod.metadata?.namespace ?? ''}/${pod.metadata?.name ?? ''}`,
        target: scrapeTarget(pod),
      })),
    );
  }

  async function scrape({ pod, name, target }: Job): Promise<void> {
    if (stopped) return;
    if ('missing' in target) {
      store.addFailure(pod, target.missing, clock.now());
      return;
    }
    try {
      const text = await fetcher.fetch(target.url);
      store.addSample(pod, readEngineSample(text, clock.now()));
      scrapes.inc({ result: 'figures' });
    } catch (error) {
      const reason = error instanceof Error ? error.message : errorText(error);
      store.addFailure(pod, reason, clock.now());
      scrapes.inc({ result: 'nothing' });
      logger.debug(`${name}: no figures`, { url: target.url, reason });
    }
  }

  function run(): void {
    const startedMs = clock.now();
    round = mapBounded(jobs(), concurrency, scrape).then(() => {
      const nowMs = clock.now();
      store.forget(nowMs);
      if (!stopped) cancelTimer = clock.schedule(Math.max(0, intervalMs - (nowMs - startedMs)), run);
    });
  }

  return {
    start: run,
    stop: async () => {
      stopped = true;
      cancelTimer();
      await round;
    },
  };
}
