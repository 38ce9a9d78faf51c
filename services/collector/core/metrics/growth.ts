import type { EngineSample, Tally } from './engine-sample.js';

/** What happened in one pod between two moments. */
export interface Growth {
  /** Requests that came: those that finished and those by which running and waiting grew. */
  arrivals: number;
  completions: number;
  ttft: Tally;
  itl: Tally;
  promptTokens: Tally;
  generationTokens: Tally;
}

const nothing: Tally = { sum: 0, count: 0 };

/** A process that has just begun: every counter at zero, no request inside. */
export function freshSample(at: number): EngineSample {
  const zero = { ...nothing };
  return {
    at,
    processStart: undefined,
    running: 0,
    waiting: 0,
    completions: 0,
    kvCacheUsage: 0,
    ttft: zero,
    itl: zero,
    promptTokens: zero,
    generationTokens: zero,
  };
}

/**
 * Growth over consecutive samples. Where the process restarted in between, its counters began anew at zero and what it had inside is
 * lost: each life of the process counts for itself, the later ones from zero, as in a Prometheus rate.
 */
export function growthOver(samples: readonly EngineSample[]): Growth {
  const lives: Growth[] = [];
  let [first] = samples;
  let last = first;
  for (const sample of samples) {
    if (first !== undefined && last !== undefined && restarted(last, sample)) {
      lives.push(growthBetween(first, last));
      first = freshSample(last.at);
    }
    last = sample;
  }
  if (first !== undefined && last !== undefined) lives.push(growthBetween(first, last));
  return sumGrowth(lives);
}

export function sumGrowth(parts: readonly Growth[]): Growth {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const add = (key: 'ttft' | 'itl' | 'promptTokens' | 'generationTokens'): Tally => ({
    sum: total(parts.map((part) => part[key].sum)),
    count: total(parts.map((part) => part[key].count)),
  });
  return {
    arrivals: total(parts.map(({ arrivals }) => arrivals)),
    completions: total(parts.map(({ completions }) => completions)),
    ttft: add('ttft'),
    itl: add('itl'),
    promptTokens: add('promptTokens'),
    generationTokens: add('generationTokens'),
  };
}

function growthBetween(from: EngineSample, to: EngineSample): Growth {
  const completions = to.completions - from.completions;
  return {
    completions,
    arrivals: completions + to.running + to.waiting - from.running - from.waiting,
    ttft: difference(from.ttft, to.ttft),
    itl: difference(from.itl, to.itl),
    promptTokens: difference(from.promptTokens, to.promptTokens),
    generationTokens: difference(from.generationTokens, to.generationTokens),
  };
}

function difference(from: Tally | undefined, to: Tally | undefined): Tally {
  return from === undefined || to === undefined ? nothing : { sum: to.sum - from.sum, count: to.count - from.count };
}

/** Whether the process of the second sample is another than that of the first. */
export function restarted(from: EngineSample, to: EngineSample): boolean {
  if (from.processStart !== undefined && to.processStart !== undefined && from.processStart !== to.processStart) return true;
  const fell = (before: Tally | undefined, after: Tally | undefined) =>
    before !== undefined && after !== undefined && after.count < before.count;
  return to.completions < from.completions || fell(from.itl, to.itl) || fell(from.ttft, to.ttft);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
