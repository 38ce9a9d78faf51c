/** All series of one metric name together. */
export interface MetricTotal {
  sum: number;
  /** How many series; 0 for a metric that is declared but has no series yet, as a counter before its first event. */
  series: number;
}

export type Exposition = ReadonlyMap<string, MetricTotal>;

const DECLARATION = /^#\s*TYPE\s+([A-Za-z_:][\w:]*)\s+\w+$/;
const SERIES = /^([A-Za-z_:][\w:]*)(?:\{(?:[A-Za-z_]\w*="(?:[^"\\]|\\.)*",?)*\})?\s+(\S+)(?:\s+-?\d+)?\s*$/;
const SPECIAL: Readonly<Record<string, number>> = { NaN: Number.NaN, '+Inf': Infinity, Inf: Infinity, '-Inf': -Infinity };
const LONGEST_LINE_SHOWN = 60;

/**
 * Totals of the Prometheus text format by metric name, over all labels. Strict, because half an answer must not pass for a small one:
 * every line has to be whole, the last one ended by a line feed.
 * @throws Error naming the first line that is none of the format
 */
export function parseExposition(text: string): Exposition {
  if (text === '') throw new Error('empty answer');
  if (!text.endsWith('\n')) throw new Error('cut off: the last line has no end');
  const totals = new Map<string, MetricTotal>();
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    if (line.startsWith('#')) {
      const declared = DECLARATION.exec(line)?.[1];
      if (declared !== undefined && !totals.has(declared)) totals.set(declared, { sum: 0, series: 0 });
      return;
    }
    const [, name, literal = ''] = SERIES.exec(line) ?? [];
    const value = SPECIAL[literal] ?? Number(literal);
    if (name === undefined || (Number.isNaN(value) && literal !== 'NaN')) {
      throw new Error(`line ${index + 1} is no metric: ${JSON.stringify(line.slice(0, LONGEST_LINE_SHOWN))}`);
    }
    const total = totals.get(name) ?? { sum: 0, series: 0 };
    totals.set(name, { sum: total.sum + value, series: total.series + 1 });
  });
  return totals;
}
