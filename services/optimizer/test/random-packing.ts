import fc from 'fast-check';
import type { Packing } from '../core/assign/packing.js';

export interface PricedPacking {
  packing: Packing;
  /** By resource, in quarters, so that sums of them are exact; a third of them 0. */
  unit: Float64Array;
  /** By server, one of its ways. What it takes is there, and a little more. */
  taken: Int32Array;
}

const RESOURCES = 3;

/** Servers with ways on three resources, one way of each taken, and capacities that leave some units of each. */
export const pricedPackings: fc.Arbitrary<PricedPacking> = fc
  .record({
    servers: fc.array(
      fc.record({
        ways: fc.array(fc.tuple(fc.nat(RESOURCES - 1), fc.integer({ min: 1, max: 6 }), fc.integer({ min: -40, max: 400 })), {
          minLength: 1,
          maxLength: 5,
        }),
        taken: fc.nat(),
      }),
      { minLength: 1, maxLength: 14 },
    ),
    spare: fc.array(fc.nat(3), { minLength: RESOURCES, maxLength: RESOURCES }),
    prices: fc.array(fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 1, max: 80 }) }, fc.constant(0)), {
      minLength: RESOURCES,
      maxLength: RESOURCES,
    }),
  })
  .map(({ servers, spare, prices }) => {
    const first = [0];
    for (const { ways } of servers) first.push(first.at(-1)! + ways.length);
    const ways = servers.flatMap((server) => server.ways);
    const taken = Int32Array.from(servers, (server, index) => first[index]! + (server.taken % server.ways.length));
    const capacity = Float64Array.from(spare);
    for (const way of taken) capacity[ways[way]![0]]! += ways[way]![1];
    // A packing has no way that uses more than there is.
    for (const [resource, use] of ways) capacity[resource] = Math.max(capacity[resource]!, use);
    const packing: Packing = {
      capacity,
      first: Int32Array.from(first),
      resource: Int32Array.from(ways, ([resource]) => resource),
      use: Float64Array.from(ways, ([, use]) => use),
      cost: Float64Array.from(ways, ([, , cost]) => cost / 4),
      serverOf: Int32Array.from(servers.keys()),
      choiceOf: Int32Array.from(ways.keys()),
      isWhole: false,
      types: RESOURCES,
    };
    return { packing, unit: Float64Array.from(prices, (price) => price / 4), taken };
  });
