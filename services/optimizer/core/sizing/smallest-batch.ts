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
  /** False: `rateAt` is below this rate, for one evaluation instead of a dozen. */
  mayReach(maxBatch: number, ratePerMs: number): boolean;
}

/** More than this part of the best rate is not worth a larger batch: each slot takes its share of the KV cache. */
const ENOUGH = 0.99;
/** A stretch between steps whose end is further from the best rate is left out. */
const NEAR = 0.9;
/** The rate of a batch without limit is reached where it is met to within this part. */
const SETTLED = 1e-3;
/** Rates that differ by less are the same: a rate is found to within 2e-8 of its target, near which it may rise steeply. */
export const SAME = 2e-5;
/** The part of an interval at which golden section looks. */
const GOLDEN = (3 - Math.sqrt(5)) / 2;

/** The smallest that is enough, and the one with the best rate. */
export interface BatchPair {
  readonly smallest: number;
  readonly best: number;
}

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
export function smallestBatch(rates: BatchRates): BatchPair {
  const peaks: Peak[] = [];
  let best = { at: rates.ceiling, rate: 0 };
  for (const stretch of stretchesOf(rates).reverse()) {
    if (rates.limitAt(stretch.last) < ENOUGH * best.rate) continue;
    const peak = peakOf(rates, stretch, best.rate);
    peaks.push(peak);
    if (peak.rate > best.rate) best = peak;
  }
  const enough = ENOUGH * best.rate;
  const leftmost = best.rate === 0 ? undefined : peaks.findLast(({ rate }) => rate >= enough);
  const smallest = leftmost === undefined ? rates.ceiling : firstWithin(rates, leftmost, enough);
  return { smallest, best: best.at };
}

/**
 * One slot is a stretch of its own: whoever is served is alone, however many arrive, so its ITL may allow what that of two does not.
 * With steps, a look at the others as if there were none shows which of them are worth a search: those that end near that peak, up to
 * where more slots change nothing any more.
 */
function stretchesOf(rates: BatchRates): Stretch[] {
  const { ceiling, steps } = rates;
  const ends = [...new Set([1, ...steps.filter((step) => step > 1 && step < ceiling), ceiling])];
  const stretches = ends.map((last, index) => ({ first: index === 0 ? 1 : (ends[index - 1] as number) + 1, last }));
  if (stretches.length <= 2) return stretches;
  const { at, rate } = peakOf(rates, { first: 2, last: ceiling }, 0);
  const unlimited = rates.rateAt(ceiling);
  const holding = stretches.findIndex(({ last }) => at <= last);
  const settled = stretches.findIndex(({ last }, index) => index >= holding && isNear(rates.rateAt(last), unlimited, SETTLED));
  return stretches.filter(({ last }, index) => {
    if (index === 0 || index === holding) return true;
    return index <= settled && rates.limitAt(last) >= ENOUGH * rate && rates.rateAt(last) >= NEAR * rate;
  });
}

function isNear(rate: number, other: number, within: number): boolean {
  return Math.abs(rate - other) <= within * other;
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
    if (!reaches(rates, below, rate * (1 - SAME))) break;
    above = at;
    at = below;
    rate = rates.rateAt(at);
  }
  const low =
    below < at ? firstThat((maxBatch) => rates.limitAt(maxBatch) >= ENOUGH * Math.max(rate, bestElsewhere), below, at) : at;
  const rising = at === last && at > low && !reaches(rates, at - 1, rate * (1 - SAME));
  const peak = rising ? { at, rate } : sectionFor(rates, low, at, above);
  // A fall from the first may end in a slight rise, where requests have a single output token.
  const falls = rates.limitAt(first) >= peak.rate && reaches(rates, first, peak.rate * (1 + SAME));
  return { first, last, ...(falls ? { at: first, rate: rates.rateAt(first) } : peak) };
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
    // Where rates are the same the peak is to the left, if there is one: what is flat is the end of a fall.
    const isAsGood = reaches(rates, other, rate * (looksRight ? 1 + SAME : 1 - SAME));
    const leftIsBetter = isAsGood !== looksRight;
    const left = Math.min(at, other);
    const right = Math.max(at, other);
    if (leftIsBetter) to = right - 1;
    else from = left + 1;
    at = isAsGood ? other : at;
    rate = rates.rateAt(at);
  }
  return { at, rate };
}

function reaches(rates: BatchRates, maxBatch: number, rate: number): boolean {
  return rates.mayReach(maxBatch, rate) && rates.rateAt(maxBatch) >= rate;
}

/** The first of [from, at] with a property that all after it have, as `at` does. */
function firstThat(has: (maxBatch: number) => boolean, from: number, at: number): number {
  let low = from - 1;
  let high = at;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (has(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The first up to a peak that has at least the rate `enough`: rates rise towards it, nearly with a power of the batch. */
function firstWithin(rates: BatchRates, { first, at, rate }: Peak, enough: number): number {
  let low = firstThat((maxBatch) => rates.limitAt(maxBatch) >= enough && rates.mayReach(maxBatch, enough), first, at);
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
