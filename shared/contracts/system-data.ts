import { z } from 'zod';
import { uniqueBy } from './unique-by.js';

/**
 * The six data files and their items, as the llm-inferno project writes them, with this project's additions.
 * Units on the wire: rates requests/min, times ms, cost cents/hr, memory GB, memory bandwidth GB/s, power W.
 */

const name = z.string().min(1);
const nonNegative = z.number().nonnegative();
const count = z.int().nonnegative();

/** `domain/name`, as Kubernetes has it for resources that are not its own. */
const extendedResourceName = z
  .string()
  .max(317)
  .regex(
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/,
    'must be the name of an extended resource, for example nvidia.com/gpu',
  );

const acceleratorSpecSchema = z.strictObject({
  name,
  type: name,
  /** Cards of `type` in one accelerator. */
  multiplicity: z.int().min(1).max(1024).default(1),
  memSize: nonNegative.optional(),
  memBW: nonNegative.optional(),
  power: z
    .strictObject({ idle: nonNegative, full: nonNegative, midPower: nonNegative, midUtil: z.number().min(0).max(1) })
    .partial()
    .optional(),
  cost: nonNegative,
  /** Node labels that a pod on this accelerator selects. */
  nodeSelector: z.record(z.string(), z.string()).optional(),
  /** Extended resource of a card (for example `nvidia.com/gpu`) and how many of it one accelerator takes. */
  resource: z.strictObject({ name: extendedResourceName, count: z.int().min(1).max(1024) }).optional(),
});
export type AcceleratorSpec = z.infer<typeof acceleratorSpecSchema>;

export const acceleratorDataSchema = z.strictObject({
  accelerators: z.array(acceleratorSpecSchema).superRefine(uniqueBy('accelerator', (item) => item.name, ['name'])),
});
export type AcceleratorData = z.infer<typeof acceleratorDataSchema>;

const capacitySpecSchema = z.strictObject({ type: name, count });

export const capacityDataSchema = z.strictObject({
  count: z.array(capacitySpecSchema).superRefine(uniqueBy('accelerator type', (item) => item.type, ['type'])),
});
export type CapacityData = z.infer<typeof capacityDataSchema>;

export const podOverridesSchema = z.strictObject({
  image: name.optional(),
  args: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
});
export type PodOverrides = z.infer<typeof podOverridesSchema>;

const modelPerfSpecSchema = z.strictObject({
  name,
  acc: name,
  /** Accelerators per replica; zero or less means one. */
  accCount: z.int().max(1024).default(1),
  maxBatchSize: z.int().nonnegative().default(0),
  /** Output tokens per request at which `maxBatchSize` was measured; absent or zero: `maxBatchSize` as it is. */
  atTokens: nonNegative.optional(),
  /** Family linear: ITL(n) = alpha + beta·n, in ms. */
  decodeParms: z.strictObject({ alpha: z.number(), beta: z.number() }).optional(),
  /** Family linear: prefill(n) = gamma + delta·inputTokens·n, in ms. */
  prefillParms: z.strictObject({ gamma: z.number(), delta: z.number() }).optional(),
  /** Family iteration: alpha + beta·(tokens computed) + gamma·(KV tokens read), in ms. */
  perfParms: z.strictObject({ alpha: z.number(), beta: z.number(), gamma: z.number() }).optional(),
  /** What a pod of this model on this accelerator needs. */
  pod: podOverridesSchema.optional(),
});
export type ModelPerfSpec = z.infer<typeof modelPerfSpecSchema>;

export const modelDataSchema = z.strictObject({
  models: z
    .array(modelPerfSpecSchema)
    .superRefine(uniqueBy('model and accelerator', (item) => `${item.name} on ${item.acc}`, ['acc'])),
});
export type ModelData = z.infer<typeof modelDataSchema>;

const modelTargetSchema = z.strictObject({
  model: name,
  /** Zero or absent: no target. */
  'slo-itl': nonNegative.default(0),
  'slo-ttft': nonNegative.default(0),
  'slo-tps': nonNegative.default(0),
  /** Turns the ITL and TTFT targets from means into this percentile. */
  'slo-percentile': z.number().min(0.5).max(0.999).optional(),
});
export type ModelTarget = z.infer<typeof modelTargetSchema>;

/** Class of a server that names none. */
export const DEFAULT_SERVICE_CLASS = 'Free';
export const LOWEST_PRIORITY = 100;

const serviceClassSpecSchema = z.strictObject({
  name,
  /** 1 is the highest. */
  priority: z.int().min(1).max(LOWEST_PRIORITY).default(LOWEST_PRIORITY),
  modelTargets: z
    .array(modelTargetSchema)
    .superRefine(uniqueBy('model target', (item) => item.model, ['model']))
    .default([]),
});
export type ServiceClassSpec = z.infer<typeof serviceClassSpecSchema>;

export const serviceClassDataSchema = z.strictObject({
  serviceClasses: z.array(serviceClassSpecSchema).superRefine(uniqueBy('service class', (item) => item.name, ['name'])),
});
export type ServiceClassData = z.infer<typeof serviceClassDataSchema>;

export const saturationPolicies = ['None', 'PriorityExhaustive', 'PriorityRoundRobin', 'RoundRobin'] as const;
export const batchRules = ['ceiling', 'smallest'] as const;
export const solverNames = ['auto', 'greedy', 'milp', 'unlimited'] as const;

const optimizerSpecSchema = z.strictObject({
  unlimited: z.boolean().default(false),
  heterogeneous: z.boolean().default(false),
  milpSolver: z.boolean().default(false),
  useCplex: z.boolean().default(false),
  delayedBestEffort: z.boolean().default(false),
  saturationPolicy: z.enum(saturationPolicies).default('None'),
  /** Wins over the flags above. */
  solver: z.enum(solverNames).optional(),
  /** With a TPS target: size for the target alone, as the reference does, instead of for the larger of target and load. */
  tpsTargetReplacesLoad: z.boolean().default(false),
  /**
   * Max batch of servers that ask for none: the largest that there is room for, as the reference has it, or the smallest that serves
   * nearly as much within the targets as any. Absent: `ceiling` with the reference's solvers (by a flag above, or `greedy`), else
   * `smallest`.
   */
  maxBatch: z.enum(batchRules).optional(),
});
export type OptimizerSpec = z.infer<typeof optimizerSpecSchema>;

export const optimizerDataSchema = z.strictObject({ optimizer: optimizerSpecSchema });
export type OptimizerData = z.infer<typeof optimizerDataSchema>;

/**
 * Offered load. `arrivalRate` absent means unknown, which is not zero. The older `avgLength` is read as output tokens.
 */
export const loadSpecSchema = z
  .strictObject({
    arrivalRate: nonNegative.optional(),
    throughput: nonNegative.optional(),
    avgInTokens: nonNegative.optional(),
    avgOutTokens: nonNegative.optional(),
    avgLength: nonNegative.optional(),
  })
  .transform(({ avgLength, ...load }) =>
    load.avgOutTokens === undefined && avgLength !== undefined ? { ...load, avgOutTokens: avgLength } : load,
  );
export type LoadSpec = z.infer<typeof loadSpecSchema>;

export const allocationSchema = z.strictObject({
  /** Empty: none. */
  accelerator: z.string().default(''),
  numReplicas: count.default(0),
  maxBatch: count.default(0),
  cost: nonNegative.default(0),
  itlAverage: nonNegative.default(0),
  ttftAverage: nonNegative.default(0),
  load: loadSpecSchema.optional(),
});
export type Allocation = z.infer<typeof allocationSchema>;

const pinSchema = z.strictObject({ accelerator: name, numReplicas: count, reason: z.string().min(1) });
export type Pin = z.infer<typeof pinSchema>;

/** At most so many replicas of a server on an accelerator, and why, in words. */
const replicaLimitSchema = z.strictObject({ accelerator: name, numReplicas: count, reason: z.string().min(1) });
export type ReplicaLimit = z.infer<typeof replicaLimitSchema>;

export const serverSpecSchema = z
  .strictObject({
    name,
    class: z.string().min(1).default(DEFAULT_SERVICE_CLASS),
    model: name,
    keepAccelerator: z.boolean().default(false),
    minNumReplicas: count.optional(),
    maxNumReplicas: count.optional(),
    replicaLimits: z
      .array(replicaLimitSchema)
      .superRefine(uniqueBy('replica limit', (item) => item.accelerator, ['accelerator']))
      .optional(),
    /** Replicas that hold their cards without serving. */
    standbyReplicas: count.optional(),
    /** Zero or absent: taken from the model. */
    maxBatchSize: count.optional(),
    /**
     * On the accelerator of `currentAlloc` its max batch stays, and replicas are sized for it; elsewhere pods start anew in any case.
     * `false`: it does not stay for the sake of a roll-out saved. Absent: as is better, by the rule `smallest`.
     */
    keepMaxBatch: z.boolean().optional(),
    maxQueueSize: count.optional(),
    currentAlloc: allocationSchema.optional(),
    desiredAlloc: allocationSchema.optional(),
    /** What this server holds whatever the solver would choose; its cards are reserved first. */
    pin: pinSchema.optional(),
  })
  .refine((server) => server.maxNumReplicas === undefined || (server.minNumReplicas ?? 0) <= server.maxNumReplicas, {
    path: ['maxNumReplicas'],
    error: (issue) => {
      const server = issue.input as { minNumReplicas?: number };
      return `must be at least minNumReplicas (${server.minNumReplicas ?? 0})`;
    },
  });
export type ServerSpec = z.infer<typeof serverSpecSchema>;
/** As it is written: a figure that is not known is left out. */
export type WrittenServerSpec = z.input<typeof serverSpecSchema>;

export const serverDataSchema = z.strictObject({
  servers: z.array(serverSpecSchema).superRefine(uniqueBy('server', (item) => item.name, ['name'])),
});

/** The whole problem, as one document: what `POST /optimizeOne` takes under `system`. */
export const systemSpecSchema = z.strictObject({
  acceleratorData: acceleratorDataSchema,
  capacityData: capacityDataSchema,
  modelData: modelDataSchema,
  serviceClassData: serviceClassDataSchema,
  serverData: serverDataSchema,
  optimizerData: optimizerDataSchema,
});
export type SystemSpec = z.infer<typeof systemSpecSchema>;

export const systemDataSchema = z.strictObject({ system: systemSpecSchema });
export type SystemData = z.infer<typeof systemDataSchema>;
