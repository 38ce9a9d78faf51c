import type { Histogram } from './histogram.js';

export const EXPOSITION_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

/** Prometheus text format, in the notation of Python's client (bounds as floats), since that is what vLLM's readers are used to. */
export class Exposition {
  #text = '';
  // Put into words once: a page has some 150 samples, and is asked for by every scrape.
  readonly #common: string;

  /** `labels` are put on every sample, and none of them is given again with one. */
  constructor(labels: Labels) {
    this.#common = pairsOf(labels);
  }

  gauge(name: string, help: string, value: number): void {
    this.#head(name, 'gauge', help);
    this.#sample(name, {}, value);
  }

  counter(name: string, help: string, samples: readonly (readonly [Labels, number])[]): void {
    this.#head(name, 'counter', help);
    for (const [labels, value] of samples) this.#sample(name, labels, value);
  }

  histogram(name: string, help: string, histogram: Histogram): void {
    this.#head(name, 'histogram', help);
    histogram.cumulative().forEach((count, bucket) => {
      this.#sample(`${name}_bucket`, { le: boundText(histogram.bounds[bucket] as number) }, count);
    });
    this.#sample(`${name}_bucket`, { le: '+Inf' }, histogram.count);
    this.#sample(`${name}_count`, {}, histogram.count);
    this.#sample(`${name}_sum`, {}, histogram.sum);
  }

  toString(): string {
    return this.#text;
  }

  #head(name: string, type: string, help: string): void {
    this.#text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  }

  #sample(name: string, labels: Labels, value: number): void {
    const own = pairsOf(labels);
    const pairs = this.#common === '' || own === '' ? this.#common + own : `${this.#common},${own}`;
    this.#text += `${name}{${pairs}} ${value}\n`;
  }
}

function pairsOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, text]) => `${key}="${escaped(text)}"`)
    .join(',');
}

/** 1 → 1.0, 0.25 → 0.25, 2000000 → 2e+06. */
function boundText(bound: number): string {
  if (bound >= 1e6) return bound.toExponential().replace(/e\+(\d)$/, 'e+0$1');
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
