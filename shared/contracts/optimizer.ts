import { z } from 'zod';
import { fleetSummarySchema, latencyTargets } from './fleet-summary.js';
import { loadSpecSchema, systemDataSchema } from './system-data.js';

/** `POST /optimizeOne`: the whole problem in, allocations with their explanations out. */
export const optimizeOneRequestSchema = systemDataSchema;

/**
 * Why an accelerator was not chosen. Out of the question whatever the capacity: a target that even one nearly idle replica misses,
 * parameters, `keepAccelerator`, the server's maximum (in all or there), a pin. Possible, but another was better: `dearer`; `transition`, cheaper by
 * less than a change of accelerator weighs; `tie`, as good, and the other comes first by name. Better, but `capacity`.
 */
export const rejectionCodes = [
  'slo-itl',
  'slo-ttft',
  'bad-parameters',
  'no-parameters',
  'keep-accelerator',
  'max-replicas',
  'pinned',
  'dearer',
  'transition',
  'tie',
  'capacity',
] as const;

/** `text` says it with its numbers: `slo-itl 61.2 > 40 ms`, `slo-itl p95 61.2 > 40 ms`. The other members are those numbers. */
const rejectionSchema = z.strictObject({
  code: z.enum(rejectionCodes),
  text: z.string(),
  /** `slo-itl`, `slo-ttft`: what a nearly idle replica comes to, and its target, ms; for that part of the requests, or as means. */
  valueMs: z.number().optional(),
  targetMs: z.number().optional(),
  percentile: z.number().optional(),
  /** `capacity`: cards of the type, wanted and left. `max-replicas`: replicas, wanted and allowed. */
  needs: z.number().nonnegative().optional(),
  left: z.number().nonnegative().optional(),
  allowed: z.number().nonnegative().optional(),
  type: z.string().optional(),
  /** `dearer`, cents/hr. */
  dearerBy: z.number().nonnegative().optional(),
  /** `transition`: what the change would save, and what it weighs, cents/hr. */
  saves: z.number().nonnegative().optional(),
  weighs: z.number().nonnegative().optional(),
  /** `keep-accelerator`: where it is kept. `tie`: what comes first. */
  other: z.string().optional(),
});
export type Rejection = z.infer<typeof rejectionSchema>;

/**
 * How much of the explanations is asked for: each accelerator of each server, the chosen one alone, or none of it. What an answer
 * otherwise has does not depend on it.
 */
export const explainDetails = ['all', 'chosen', 'none'] as const;
export type ExplainDetail = (typeof explainDetails)[number];

const candidateSchema = z.strictObject({
  accelerator: z.string(),
  chosen: z.boolean(),
  /** Meets every target of the server: the chosen one with the replicas that it is given, the others capacity aside. */
  feasible: z.boolean(),
  /** Why it was not chosen; absent for the chosen one. */
  rejection: rejectionSchema.optional(),
  numReplicas: z.int().nonnegative().optional(),
  maxBatch: z.int().nonnegative().optional(),
  cost: z.number().nonnegative().optional(),
  /** Cost and transition penalty against the current allocation: what the solver minimises. */
  value: z.number().optional(),
  /** Largest rate of one replica within the targets, requests/min. */
  ratePerReplica: z.number().nonnegative().optional(),
  itlAverage: z.number().nonnegative().optional(),
  ttftAverage: z.number().nonnegative().optional(),
  /** What that part of the requests stays within, ms; where the targets name a percentile. */
  itlPercentile: z.number().nonnegative().optional(),
  ttftPercentile: z.number().nonnegative().optional(),
  /** Utilisation of the batch slots, 0 to 1. */
  rho: z.number().nonnegative().optional(),
  cards: z.strictObject({ type: z.string(), count: z.int().nonnegative() }).optional(),
});
export type ExplainedCandidate = z.infer<typeof candidateSchema>;

/**
 * `zero-load`: measured idle, so its minimum; `best-effort`: fewer replicas than its targets ask for. Without an allocation, keeping
 * what they have: `infeasible`, no accelerator meets the targets; `unserved`, one would, but for cards; `load-unknown`.
 */
export const outcomes = ['allocated', 'best-effort', 'pinned', 'zero-load', 'infeasible', 'unserved', 'load-unknown'] as const;
export type Outcome = (typeof outcomes)[number];

const explanationSchema = z.strictObject({
  outcome: z.enum(outcomes),
  /** In words, with numbers. */
  reason: z.string(),
  class: z.string(),
  priority: z.int(),
  model: z.string(),
  targets: latencyTargets.nullable(),
  /** As it was sized for; null: unknown. Without tokens: none was measured, and of what length the last requests were is not known. */
  load: z
    .strictObject({ arrivalRate: z.number(), avgInTokens: z.number().optional(), avgOutTokens: z.number().optional() })
    .nullable(),
  /** Best effort: how many replicas the targets would have needed. */
  neededReplicas: z.int().nonnegative().optional(),
  /** Not served in full: what it would take, in words; see `shortages` and `relaxations` of the summary. */
  remedy: z.string().optional(),
  candidates: z.array(candidateSchema),
});
export type Explanation = z.infer<typeof explanationSchema>;

/** What a server gets. A figure that is absent is not known, which is not zero. */
const grantedAllocationSchema = z.strictObject({
  accelerator: z.string(),
  numReplicas: z.int().nonnegative(),
  /** 0: not known. */
  maxBatch: z.int().nonnegative().default(0),
  /** Absent for a pin on an accelerator that the data does not know. */
  cost: z.number().nonnegative().optional(),
  /** Absent where there is nothing to predict: no replicas, no parameters, requests of a size that nobody knows. */
  itlAverage: z.number().nonnegative().optional(),
  ttftAverage: z.number().nonnegative().optional(),
  load: loadSpecSchema.optional(),
});
export type GrantedAllocation = z.infer<typeof grantedAllocationSchema>;

export const optimizeOneResponseSchema = z.strictObject({
  /** Servers that got something; one that is absent here keeps what it has. */
  allocations: z.record(z.string(), grantedAllocationSchema),
  /**
   * With `heterogeneous`: what each server gets, accelerator by accelerator. Who has several parts is not in `allocations`: that is for
   * plans only, as one Deployment has one template. `load` of a part is what it carries.
   */
  parts: z.record(z.string(), z.array(grantedAllocationSchema)).optional(),
  /** Of all servers, or of none: see `explainDetails`. */
  explanations: z.record(z.string(), explanationSchema),
  summary: fleetSummarySchema,
  solver: z.strictObject({
    name: z.string(),
    /** Total value of the servers that got all that they ask for, pins and best effort aside; what is minimised once `counts` are. */
    objective: z.number(),
    /** Proven lower bound of the objective at these counts, and the distance to it relative to the total cost; null: not computed. */
    bound: z.number().nullable(),
    gap: z.number().nullable(),
    ms: z.number().nonnegative(),
  }),
  /** By priority, the highest first: servers that ask, that got all of it, and the most that could have; null: not computed. */
  counts: z.array(
    z.strictObject({
      priority: z.int(),
      servers: z.int().nonnegative(),
      served: z.int().nonnegative(),
      bound: z.int().nonnegative().nullable(),
    }),
  ),
  /** What one more card of a type is worth at the margin, cents/hr; see `FleetSummary.cards`; absent: not computed. */
  prices: z.record(z.string(), z.number().nonnegative()).optional(),
  /** Cards by accelerator type, pins included. */
  capacity: z.record(z.string(), z.strictObject({ total: z.int().nonnegative(), used: z.int().nonnegative() })),
  warnings: z.array(z.string()),
});
export type OptimizeOneResponse = z.infer<typeof optimizeOneResponseSchema>;
