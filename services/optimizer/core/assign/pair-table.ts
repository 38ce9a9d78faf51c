import { NONE, type Moves } from './moves.js';

/** Of all that change the same, the cheapest nothing, single move or pair of different servers. */
export interface PairTable {
  readonly cost: Float64Array;
  /** Move, or `NONE`. */
  readonly one: Int32Array;
  readonly other: Int32Array;
  /** @returns the entry of a change, or `NONE` */
  find(change: number): number;
}

/** Pairs that a table holds at most: the cheapest. */
const MOST_PAIRS = 150_000;
/** Of a table's size: with four bits for each slot a word is full. */
const LEAST_BITS = 4;
/** Multiplied with a change, its upper bits are spread evenly: 2³² over the golden ratio. */
const SPREAD = -1_640_531_535;

/** @param limit pairs that cost as much are left out */
export function pairsByChange({ cost, change, server }: Moves, limit: number): PairTable {
  const most = Math.min(limit, limitOf(cost, MOST_PAIRS));
  const bits = Math.max(LEAST_BITS, Math.ceil(Math.log2(2 * (1 + cost.length + pairsBelow(cost, most)))));
  const mask = 2 ** bits - 1;
  const keys = new Int32Array(mask + 1);
  const paid = new Float64Array(mask + 1).fill(Infinity);
  const one = new Int32Array(mask + 1);
  const other = new Int32Array(mask + 1);
  // Most look-ups find nothing. Four bits for each slot say so from memory that is near.
  const shift = Math.max(32 - bits - 2, 5);
  const isThere = new Int32Array(2 ** (32 - shift - 5));

  const put = (key: number, sum: number, i: number, j: number): void => {
    const hash = Math.imul(key, SPREAD) >>> 0;
    let slot = hash >>> (32 - bits);
    while ((paid[slot] as number) < Infinity && keys[slot] !== key) slot = (slot + 1) & mask;
    if (sum >= (paid[slot] as number)) return;
    keys[slot] = key;
    paid[slot] = sum;
    one[slot] = i;
    other[slot] = j;
    const bit = hash >>> shift;
    isThere[bit >>> 5] = (isThere[bit >>> 5] as number) | (1 << (bit & 31));
  };
  put(0, 0, NONE, NONE);
  for (let i = 0; i < cost.length; i++) {
    const own = cost[i] as number;
    put(change[i] as number, own, i, NONE);
    for (let j = i + 1; j < cost.length && own + (cost[j] as number) < most; j++) {
      if (server[i] !== server[j]) put(((change[i] as number) + (change[j] as number)) | 0, own + (cost[j] as number), i, j);
    }
  }
  return {
    cost: paid,
    one,
    other,
    find: (key) => {
      const hash = Math.imul(key, SPREAD) >>> 0;
      const bit = hash >>> shift;
      if (((isThere[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return NONE;
      let slot = hash >>> (32 - bits);
      while ((paid[slot] as number) < Infinity) {
        if (keys[slot] === key) return slot;
        slot = (slot + 1) & mask;
      }
      return NONE;
    },
  };
}

/** Pairs of ascending costs whose sum is below a limit. */
function pairsBelow(cost: Float64Array, limit: number): number {
  let pairs = 0;
  let end = cost.length - 1;
  for (let i = 0; i < end; i++) {
    while (end > i && (cost[i] as number) + (cost[end] as number) >= limit) end--;
    pairs += end - i;
  }
  return pairs;
}

/** The limit below which there are as many pairs, nearly, and no more. */
function limitOf(cost: Float64Array, most: number): number {
  let low = 2 * (cost[0] ?? 0);
  let high = 2 * (cost[cost.length - 1] ?? 0);
  if ((cost.length * (cost.length - 1)) / 2 <= most) return Infinity;
  for (let halving = 0; halving < 30; halving++) {
    const middle = (low + high) / 2;
    if (pairsBelow(cost, middle) > most) high = middle;
    else low = middle;
  }
  return low;
}
