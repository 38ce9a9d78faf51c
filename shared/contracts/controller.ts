import { z } from 'zod';
import { fleetSummarySchema } from './fleet-summary.js';
import { collectResponseSchema, updateResponseSchema } from './loop.js';
import { optimizeOneResponseSchema } from './optimizer.js';

/** What the controller did, or decided to leave, with one server. */
export const verdictActions = [
  'scale-up',
  'scale-down',
  'change-accelerator',
  'change-batch',
  /** Changed to what the saturation policy had left, which is less than the targets need. */
  'best-effort',
  /** Solver and current allocation agree. */
  'keep',
  /** Something other than the solver keeps it where it is. */
  'hold',
] as const;
export type VerdictAction = (typeof verdictActions)[number];

/** Why a server did not get, or not at once, what the solver chose. */
export const holdCodes = [
  'load-unknown',
  'status-unknown',
  'duplicate-server',
  'unknown-class',
  'unknown-model',
  'unknown-accelerator',
  'no-accelerator',
  'paused',
  'foreign-write',
  'accelerator-change',
  'rollout',
  'cooldown',
  'start-timeout',
  /** The cycle is about another server alone. */
  'partial-cycle',
  'unserved',
  'stabilising',
  'slo-measured',
  'slo-predicted',
  /** It stays where it is: another max batch there is the cheaper change. */
  'max-batch',
  'cards',
  'max-cost',
  'max-replica-changes',
] as const;
export type HoldCode = (typeof holdCodes)[number];

const count = z.int().nonnegative();

const verdictSchema = z.strictObject({
  action: z.enum(verdictActions),
  /** Set also when the solver's choice is followed only in part: a scale-up that waits for cards, say. */
  hold: z.enum(holdCodes).nullable(),
  /** In words, with the numbers behind it. */
  reason: z.string().min(1),
});
export type Verdict = z.infer<typeof verdictSchema>;

/** Cost in cents/hr. */
const shareSchema = z.strictObject({
  accelerator: z.string(),
  numReplicas: count,
  maxBatch: count,
  cost: z.number().nonnegative(),
});

const reading = collectResponseSchema.shape.readings.valueType.shape.arrivalRate;

const serverDecisionSchema = z.strictObject({
  class: z.string(),
  model: z.string(),
  /** 1 is the highest; null for a class that no data file has. */
  priority: z.int().nullable(),
  /** Offered requests/min, and mean tokens per request. */
  load: z.strictObject({ arrivalRate: reading, avgInTokens: reading, avgOutTokens: reading }),
  /** ms */
  measured: z.strictObject({ itl: reading, ttft: reading }),
  /** ms, and tokens/s; 0: no such target. `percentile`: the part of the requests that itl and ttft hold for; absent: they are means. */
  targets: z.strictObject({ itl: z.number(), ttft: z.number(), tps: z.number(), percentile: z.number().optional() }).nullable(),
  /** ms, for the planned replicas; null where the optimizer predicted none for that count. */
  predicted: z.strictObject({ itl: z.number(), ttft: z.number() }).nullable(),
  readyReplicas: count,
  startingReplicas: count,
  terminatingReplicas: count,
  current: shareSchema,
  planned: shareSchema,
  /** What the solver alone would want; null when it found nothing, or was not asked. */
  wanted: shareSchema.nullable(),
  verdict: verdictSchema,
});
export type ServerDecision = z.infer<typeof serverDecisionSchema>;

const serverExplanationSchema = z.strictObject({
  server: z.string(),
  cycle: count,
  at: z.number(),
  dryRun: z.boolean(),
  ...serverDecisionSchema.shape,
  /** The optimizer's own words and candidates; null for a server that was not put to it. */
  optimizer: optimizeOneResponseSchema.shape.explanations.valueType.nullable(),
  /** What became of it at the actuator; null when nothing was asked of it. */
  result: updateResponseSchema.shape.results.valueType.nullable(),
  summary: z.string(),
});
/** `GET /explain/:server` */
export type ServerExplanation = z.infer<typeof serverExplanationSchema>;
export const explainResponseSchema = serverExplanationSchema;

export const cycleStages = ['data', 'collect', 'guard', 'optimize', 'actuate'] as const;
export type CycleStage = (typeof cycleStages)[number];

export const cycleTriggers = ['period', 'schedule', 'invoke', 'wake'] as const;
export type CycleTrigger = (typeof cycleTriggers)[number];

const timing = z.number().nonnegative();

/** One cycle, as `/invoke` answers it, the cycle log keeps it and `/events` sends it. */
export const cycleRecordSchema = z.strictObject({
  /** Counts the cycles since the start of the controller. */
  cycle: count,
  /** ms since the epoch, at the start of the cycle. */
  at: z.number(),
  trigger: z.enum(cycleTriggers),
  outcome: z.enum(['ok', 'failed']),
  /** Why it failed, or what it changed. */
  reason: z.string(),
  failedStage: z.enum(cycleStages).nullable(),
  dryRun: z.boolean(),
  /** Held by hand, or in recommendation mode: decided and recorded, but nothing acted on. */
  paused: z.boolean(),
  servers: z.record(z.string(), serverDecisionSchema),
  results: updateResponseSchema.shape.results,
  /** Cards by type: in the data, held by pods now, and held once the plan is carried out. */
  capacity: z.record(z.string(), z.strictObject({ total: count, used: count, planned: count })),
  /** cents/hr over all servers. */
  cost: z.strictObject({ current: z.number().nonnegative(), planned: z.number().nonnegative() }),
  /** Of the last solve of the cycle; `rounds` counts the solves. */
  solver: z.strictObject({ ...optimizeOneResponseSchema.shape.solver.shape, rounds: count }).nullable(),
  /**
   * What the solver alone says of the fleet as a whole, without holds: prices of cards, what would serve those that it cannot serve, and
   * where the cost would go. Absent: nothing was solved.
   */
  fleet: fleetSummarySchema.optional(),
  problems: collectResponseSchema.shape.problems,
  warnings: z.array(z.string()),
  timingsMs: z.strictObject({
    ...(Object.fromEntries(cycleStages.map((stage) => [stage, timing])) as Record<CycleStage, typeof timing>),
    total: timing,
  }),
  /** Only in the answer of a dry run, which `/explain` does not show. */
  explanations: z.record(z.string(), serverExplanationSchema).optional(),
});
export type CycleRecord = z.infer<typeof cycleRecordSchema>;

/** `POST /servers/:name/wake` */
export const wakeResponseSchema = z.strictObject({
  /** A first replica was asked for; it is on its way, not yet ready. */
  woken: z.boolean(),
  reason: z.string(),
  /** Of the cycle that it took; null: none was needed. */
  record: cycleRecordSchema.nullable(),
});
export type WakeResponse = z.infer<typeof wakeResponseSchema>;

/** `GET /cycles?limit=`, the latest first. */
export const cyclesResponseSchema = z.strictObject({ cycles: z.array(cycleRecordSchema) });

/** `GET /servers`: what the latest finished cycle saw and decided; `cycle` and `at` are null before the first. */
export const serversResponseSchema = z.strictObject({
  cycle: count.nullable(),
  at: z.number().nullable(),
  paused: z.boolean(),
  /** ms since the epoch; null when cycles run on demand only. */
  nextCycleAt: z.number().nullable(),
  cost: cycleRecordSchema.shape.cost,
  capacity: cycleRecordSchema.shape.capacity,
  servers: z.record(z.string(), serverDecisionSchema),
});
export type ServersResponse = z.infer<typeof serversResponseSchema>;
