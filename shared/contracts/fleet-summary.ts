import { z } from 'zod';

const count = z.int().nonnegative();
const cents = z.number().nonnegative();

/** A choice of a server that lacks cards, and how many more would do, all else being as it was decided. */
const shortageSchema = z.strictObject({
  server: z.string(),
  priority: z.int(),
  accelerator: z.string(),
  type: z.string(),
  numReplicas: count,
  /** Cards that the choice takes, and that were left for it. */
  needs: count,
  left: count,
  /** Enough of `type` for one server more of this priority, or of a higher one, within its targets. */
  more: count,
  /** `lacks 2 H100: 3 × H100 needs 6, 4 left` */
  text: z.string(),
});
export type Shortage = z.infer<typeof shortageSchema>;

/** ms and tokens/s; 0: no target. `percentile`: the part of the requests that `itl` and `ttft` hold for; absent: they are means. */
export const latencyTargets = z.strictObject({
  itl: z.number(),
  ttft: z.number(),
  tps: z.number(),
  percentile: z.number().optional(),
});

/** Targets as they would have to be. More tokens/s take more replicas and nothing else, so that target is never relaxed. */
const relaxedTargets = z.strictObject({
  ...latencyTargets.shape,
  accelerator: z.string(),
  /** How many times as long as it is a target would have to be, at most; 1: met as they are. */
  factor: z.number().min(1),
  /** For the load at these targets: with nothing to spare, a replica has hardly any load. */
  numReplicas: count,
});
export type RelaxedTargets = z.infer<typeof relaxedTargets>;

const relaxationSchema = z.strictObject({
  server: z.string(),
  /** As they are; null: it has none. */
  targets: latencyTargets.nullable(),
  /** Null: no targets whatever would do. */
  least: relaxedTargets.nullable(),
  /** Where `keepAccelerator` keeps it from a place where less would do. */
  withoutKeepAccelerator: relaxedTargets.optional(),
  /** `slo-itl 40 → 61.18 ms on H100 (1.53 times, 3 replicas)` */
  text: z.string(),
});
export type Relaxation = z.infer<typeof relaxationSchema>;

const classCostSchema = z.strictObject({
  class: z.string(),
  priority: z.int(),
  servers: count,
  /** Of them within their targets in full, idle ones included; pinned ones are as their pin says. */
  served: count,
  pinned: count,
  /** What they were given; who keeps what it has was given nothing. */
  replicas: count,
  /** Cents/hr of what was given, and of what is merely kept. */
  cost: cents,
  kept: cents,
  /** Part of the cost of all classes, kept included, 0 to 1. */
  share: z.number().min(0).max(1),
  /** `3 of 4 served in full: 12 replicas at 480 cents/hr, 62.5 %` */
  text: z.string(),
});
export type ClassCost = z.infer<typeof classCostSchema>;

/** The answer as a whole, in words (`text`) and as data: what stands between the servers and their targets, and where the cost goes. */
export const fleetSummarySchema = z.strictObject({
  /** Servers by outcome; an outcome that nobody has is absent. */
  outcomes: z.record(z.string(), count),
  /**
   * By type; `price`: what one more card is worth at the margin, cents/hr, or null: not computed. It is the dual price of the relaxed
   * problem. Servers take cards in lots, so that one alone may save more, or nothing. `lacking`: servers whose shortage it is.
   */
  cards: z.array(z.strictObject({ type: z.string(), price: cents.nullable(), lacking: count, text: z.string() })),
  /** Of each server that is not served in full for lack of cards, the choice that lacks the fewest. */
  shortages: z.array(shortageSchema),
  /** Of each server whose targets no accelerator meets, the least that they would have to be relaxed. */
  relaxations: z.array(relaxationSchema),
  /** Highest priority first. */
  classes: z.array(classCostSchema),
});
export type FleetSummary = z.infer<typeof fleetSummarySchema>;
