import { engines, PROCESS_START, type EngineNames } from './engines.js';
import { parseExposition, type Exposition } from './parse-exposition.js';

/** A quantity that adds up: its total and the number of events behind it. */
export interface Tally {
  sum: number;
  count: number;
}

/** What one pod said at one moment. Counters are since the start of its process. */
export interface EngineSample {
  /** ms since the epoch. */
  at: number;
  processStart: number | undefined;
  running: number;
  waiting: number;
  completions: number;
  /** 0 to 1. */
  kvCacheUsage: number | undefined;
  /** Seconds. */
  ttft: Tally | undefined;
  itl: Tally | undefined;
  /** Tokens of finished requests. */
  promptTokens: Tally | undefined;
  generationTokens: Tally | undefined;
}

/**
 * Reads an answer of `/metrics` of a known engine.
 * @throws Error saying what is missing or broken; without running, waiting and finished requests there is no sample
 */
export function readEngineSample(text: string, at: number): EngineSample {
  const metrics = parseExposition(text);
  const names = engines.find(({ running }) => running.some((name) => metrics.has(name)));
  if (names === undefined) {
    throw new Error(`no figures of a known engine (${engines.map(({ engine }) => engine).join(', ')})`);
  }
  const completions = needed(metrics, names, 'completions');
  return {
    at,
    processStart: total(metrics, [PROCESS_START]),
    running: needed(metrics, names, 'running'),
    waiting: needed(metrics, names, 'waiting'),
    completions,
    kvCacheUsage: average(metrics, names.kvCacheUsage),
    ttft: tally(metrics, names.ttft),
    itl: tally(metrics, names.itl),
    promptTokens: tally(metrics, names.requestPromptTokens) ?? perCompletion(metrics, names.promptTokens, completions),
    generationTokens:
      tally(metrics, names.requestGenerationTokens) ?? perCompletion(metrics, names.generationTokens, completions),
  };
}

function needed(metrics: Exposition, names: EngineNames, key: 'running' | 'waiting' | 'completions'): number {
  const value = total(metrics, names[key]);
  if (value === undefined) throw new Error(`${names.engine} without a usable ${names[key].join(' or ')}`);
  return value;
}

/** Undefined where no name is there, or its value is no finite number >= 0. */
function total(metrics: Exposition, names: readonly string[]): number | undefined {
  const found = names.map((name) => metrics.get(name)).find((metric) => metric !== undefined);
  return found !== undefined && Number.isFinite(found.sum) && found.sum >= 0 ? found.sum : undefined;
}

/** A share of several engines in one pod is their mean. */
function average(metrics: Exposition, names: readonly string[]): number | undefined {
  const found = names.map((name) => metrics.get(name)).find((metric) => metric !== undefined);
  const mean = found === undefined ? Number.NaN : found.sum / found.series;
  return mean >= 0 && mean <= 1 ? mean : undefined;
}

function tally(metrics: Exposition, names: readonly string[]): Tally | undefined {
  for (const name of names) {
    const sum = total(metrics, [`${name}_sum`]);
    const count = total(metrics, [`${name}_count`]);
    if (sum !== undefined && count !== undefined) return { sum, count };
    // Declared, and nothing observed yet.
    if (metrics.has(name)) return { sum: 0, count: 0 };
  }
  return undefined;
}

function perCompletion(metrics: Exposition, names: readonly string[], completions: number): Tally | undefined {
  const sum = total(metrics, names);
  return sum === undefined ? undefined : { sum, count: completions };
}
