import type { KubeConfig } from '@kubernetes/client-node';
import type { Express } from 'express';
import { validate } from 'node-cron';
import type { Registry } from 'prom-client';
import type { Clock } from '#shared/clock/clock.js';
import { createKubeClient } from '#shared/kube/kube-client.js';
import type { Logger } from '#shared/observe/logger.js';
import { createHttpMetricsFetcher } from './adapters/http-metrics-fetcher.js';
import { createKubeClusterView } from './adapters/kube-cluster-view.js';
import { createApp } from './app.js';
import { createSampleStore } from './core/metrics/sample-store.js';
import { labelSource } from './core/readings/label-source.js';
import { createScrapeSource } from './core/readings/scrape-source.js';
import { NOT_SCRAPED, scrapedFigures } from './core/workers.js';
import { createScrapeLoop } from './scrape-loop.js';

export interface CollectorOptions {
  kubeConfig: KubeConfig;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  /** Empty: all. */
  watchNamespace: string;
  /** Where the loop itself keeps its state. */
  namespace: string;
  staleLimitSec: number;
  scrape: boolean;
  scrapeIntervalSec: number;
  scrapeTimeoutSec: number;
  scrapeConcurrency: number;
  windowSec: number;
}

export interface Collector {
  app: Express;
  stop(): Promise<void>;
}

/** An answer of a pod beyond this is no metrics page; vLLM's has some hundred KB. */
const LARGEST_PAGE_BYTES = 8 * 1024 * 1024;
/** In scrape intervals: after how many without an answer a pod is unknown; how many make a gap; how many a mean needs. */
const FRESH_INTERVALS = 3;
const GAP_INTERVALS = 2.5;
const MIN_SPAN_INTERVALS = 1.8;

/** The collector at work on a cluster, without its listener. It starts whether or not the API server is there. */
export function startCollector(options: CollectorOptions): Collector {
  const { kubeConfig, clock, logger, registry } = options;
  const client = createKubeClient(kubeConfig);
  const view = createKubeClusterView({ ...options, client, staleLimitMs: options.staleLimitSec * 1000 });
  const intervalMs = options.scrapeIntervalSec * 1000;
  const windowMs = options.windowSec * 1000;
  const store = createSampleStore(windowMs);
  const fetcher = createHttpMetricsFetcher({ timeoutMs: options.scrapeTimeoutSec * 1000, bytes: LARGEST_PAGE_BYTES });
  const concurrency = options.scrapeConcurrency;
  const loop = createScrapeLoop({ view, store, fetcher, clock, logger, intervalMs, concurrency, registry });
  const freshMs = FRESH_INTERVALS * intervalMs;
  const scrapeSource = createScrapeSource(store, {
    windowMs,
    freshMs,
    gapMs: GAP_INTERVALS * intervalMs,
    minSpanMs: Math.min(windowMs, MIN_SPAN_INTERVALS * intervalMs),
  });

  view.start();
  if (options.scrape) loop.start();
  const app = createApp({
    view,
    providers: options.scrape ? [scrapeSource, labelSource] : [labelSource],
    workerFigures: options.scrape ? scrapedFigures(store, freshMs) : NOT_SCRAPED,
    isCron: validate,
    now: () => clock.now(),
    logger,
    registry,
  });
  return {
    app,
    stop: async () => {
      view.stop();
      await loop.stop();
      fetcher.close();
      client.close();
    },
  };
}
