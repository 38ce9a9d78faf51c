/** What one replica serves within its targets, by its max batch. */
export interface BatchRates {
  /** The largest max batch there is room for; 1 or more. */
  readonly ceiling: number;
  /** Max batches, ascending, behind which a prefill takes more chunks: only there may a larger one serve less and then more again. */
  readonly steps: readonly number[];
  /** Largest rate within the targets; 0: none. */
  rateAt(maxBatch: number): number;
  /** No rate at this max batch is larger, whatever the targets. Rises with it, but for the steps. */
  limitAt(maxBatch: number): number;
}

/** More than this part of the best rate is not worth a larger batch: each slot takes its share of the KV cache. */
export const ENOUGH = 0.99;
/** A stretch between steps whose end is further from the best rate is left out. */
const NEAR = 0.9;
/** Rates that differ by less are the same: a rate is found to within 2e-8 of its target, near which it may rise steeply. */
const SAME = 2e-5;
/** The part of an interval at which golden section looks. */
const GOLDEN = (3 - Math.sqrt(5)) / 2;

/** Consecutive max batches among which rates rise, and then fall or stay. */
interface Stretch {
  readonly first: number;
  readonly last: number;
}

interface Peak extends Stretch {
  readonly at: number;
  readonly rate: number;
}

/**
 * The smallest max batch at which a replica serves `ENOUGH` of the best rate that any max batch up to the ceiling has within the
 * targets; the ceiling where none has any.
 *
 * More slots mean less waiting for one, so the rate that a TTFT allows rises; but they also let the batch grow past what the ITL, or the
 * prefill's part of the TTFT, allows on average, so the rate that these allow falls towards that of a batch without limit. The least of
 * both has one peak, except where more slots make for more chunks: there every stretch between two steps has its own.
 * Worked: ITL(n) = 20 + 0.4·n, prefill(n) = 50 + 2.56·n, 256 tokens, targets 40 and 1000 ms, ceiling 200: the peak is at 58, 0.6 % above
 * the rate at 200, and 57 slots are enough. With prompts in chunks it has been 25 %.
 */
export function smallestBatch(rates: BatchRates): number {
  const stretches = stretchesOf(rates);
  const peaks: Peak[] = [];
  // With steps, a look at all as if there were none leaves few stretches to search.
  const guess = rates.steps.length === 0 ? null : peakOf(rates, { first: 1, last: rates.ceiling }, 0);
  let best = guess?.rate ?? 0;
  for (const stretch of stretches.reverse()) {
    const { first, last } = stretch;
    const isHopeless = guess !== null && (guess.at < first || guess.at > last) && rates.rateAt(last) < NEAR * best;
    if (isHopeless || rates.limitAt(last) < ENOUGH * best) continue;
    const peak = peakOf(rates, stretch, best);
    peaks.push(peak);
    best = Math.max(best, peak.rate);
  }
  const enough = ENOUGH * best;
  const leftmost = peaks.findLast(({ rate }) => rate >= enough);
  return leftmost === undefined || best === 0 ? rates.ceiling : firstWithin(rates, leftmost, enough);
}

/** One slot is a stretch of its own: whoever is served is alone, however many arrive, so its ITL may allow what that of two does not. */
function stretchesOf({ ceiling, steps }: BatchRates): Stretch[] {
  const ends = [...new Set([1, ...steps.filter((step) => step > 1 && step < ceiling), ceiling])];
  return ends.map((last, index) => ({ first: index === 0 ? 1 : (ends[index - 1] as number) + 1, last }));
}

/** The best of a stretch; not looked for below what cannot reach `ENOUGH` of what is known. */
function peakOf(rates: BatchRates, { first, last }: Stretch, bestElsewhere: number): Peak {
  let at = last;
  let rate = rates.rateAt(last);
  let above = last;
  // By halves down to where the rate falls for good.
  let below = last;
  while (below > first) {
    below = Math.max(first, below >> 1);
    if (rates.limitAt(below) < ENOUGH * Math.max(rate, bestElsewhere)) break;
    const rateBelow = rates.rateAt(below);
    if (rateBelow < rate * (1 - SAME)) break;
    above = at;
    at = below;
    rate = rateBelow;
  }
  const low = below < at ? firstWithLimit(rates, below, at, ENOUGH * Math.max(rate, bestElsewhere)) : at;
  const rising = at === last && at > low && rates.rateAt(at - 1) < rate * (1 - SAME);
  return { first, last, ...(rising ? { at, rate } : sectionFor(rates, low, at, above)) };
}

/** Golden section among whole numbers: the best of [low, high], of which `middle` is one that neither end exceeds. */
function sectionFor(rates: BatchRates, low: number, middle: number, high: number): { at: number; rate: number } {
  let at = middle;
  let rate = rates.rateAt(at);
  let from = low;
  let to = high;
  while (to > from) {
    const looksRight = to - at > at - from;
    const width = looksRight ? to - at : at - from;
    const offset = Math.min(width, Math.max(1, Math.round(GOLDEN * width)));
    const other = looksRight ? at + offset : at - offset;
    const otherRate = rates.rateAt(other);
    // Where rates are the same the peak is to the left, if there is one: what is flat is the end of a fall.
    const leftIsBetter = looksRight ? otherRate <= rate * (1 + SAME) : otherRate >= rate * (1 - SAME);
    const left = Math.min(at, other);
    const right = Math.max(at, other);
    if (leftIsBetter) to = right - 1;
    else from = left + 1;
    at = leftIsBetter ? left : right;
    rate = at === other ? otherRate : rate;
  }
  return { at, rate };
}

/** The first in (below, at] whose limit is at least `least`, by bisection: limits rise. */
function firstWithLimit(rates: BatchRates, below: number, at: number, least: number): number {
  let low = below - 1;
  let high = at;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rates.limitAt(middle) >= least) high = middle;
    else low = middle;
  }
  return high;
}

/** The first up to a peak that has at least the rate `enough`: rates rise towards it, nearly with a power of the batch. */
function firstWithin(rates: BatchRates, { first, at, rate }: Peak, enough: number): number {
  let low = firstWithLimit(rates, first, at, enough);
  const rateAtLow = rates.rateAt(low);
  if (rateAtLow >= enough) return low;
  let lowRate = rateAtLow;
  let high = at;
  let highRate = rate;
  let bisects = false;
  while (high - low > 1) {
    const power = Math.log(highRate / lowRate) / Math.log(high / low);
    const guess = bisects || lowRate === 0 ? (low + high) / 2 : low * Math.pow(enough / lowRate, 1 / power);
    const next = Math.min(high - 1, Math.max(low + 1, Math.ceil(guess)));
    const width = high - low;
    const nextRate = rates.rateAt(next);
    if (nextRate >= enough) {
      high = next;
      highRate = nextRate;
    } else {
      low = next;
      lowRate = nextRate;
    }
    bisects = high - low > width / 2;
  }
  return high;
}
