import { NONE } from './moves.js';

/** Of all that change the same, the cheapest nothing, single move or pair. */
interface PairTable {
  readonly cost: Float64Array;
  /** Move, or `NONE`. */
  readonly one: Int32Array;
  readonly other: Int32Array;
  /** @returns the entry of a change, or `NONE` */
  find(change: number): number;
}

/** @param most pairs that cost as much are left out */
export function pairsByChange(cost: Float64Array, change: Int32Array, server: Int32Array, most: number): PairTable {
  let pairs = 1 + cost.length;
  for (let i = 0; i < cost.length; i++) {
    for (let j = i + 1; j < cost.length && (cost[i] as number) + (cost[j] as number) < most; j++) pairs++;
  }
  const bits = Math.ceil(Math.log2(2 * pairs));
  const mask = 2 ** bits - 1;
  const keys = new Int32Array(mask + 1);
  const table = {
    cost: new Float64Array(mask + 1).fill(Infinity),
    one: new Int32Array(mask + 1),
    other: new Int32Array(mask + 1),
  };
  const slotOf = (key: number): number => {
    let slot = (Math.imul(key, -1_640_531_535) >>> (32 - bits)) & mask;
    while ((table.cost[slot] as number) < Infinity && keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  };
  const put = (key: number, paid: number, one: number, other: number): void => {
    const slot = slotOf(key);
    if (paid >= (table.cost[slot] as number)) return;
    keys[slot] = key;
    table.cost[slot] = paid;
    table.one[slot] = one;
    table.other[slot] = other;
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
    ...table,
    find: (key) => {
      const slot = slotOf(key);
      return (table.cost[slot] as number) < Infinity ? slot : NONE;
    },
  };
}
