import { z } from 'zod';
import { allocationSchema, podOverridesSchema, serverSpecSchema } from './system-data.js';

const coverageSchema = z.strictObject({
  /** Time that the figure is taken over: what is left of the measuring window after the last gap in what was seen of the server. */
  spanMs: z.number().nonnegative(),
  windowMs: z.number().positive(),
  /** `short`: too little of the window to say that a load is low. Such a figure may raise an allocation, and never lower one. */
  quality: z.enum(['full', 'short']),
});
/** What a figure that is taken over a measuring window rests on. */
export type Coverage = z.infer<typeof coverageSchema>;

/**
 * A figure that was measured, or the reason why there is none. Missing is never zero.
 * `at` is when it was true, in ms since the epoch; units are those of the figure's name in `serverReadingsSchema`. A figure that is
 * not taken over a window (declared, or true of one moment) has no `coverage`.
 */
const readingSchema = z.union([
  z.strictObject({
    value: z.number(),
    at: z.number(),
    source: z.enum(['gateway', 'prometheus', 'scrape', 'labels']),
    coverage: coverageSchema.optional(),
  }),
  z.strictObject({ missing: z.string().min(1) }),
]);
export type Reading = z.infer<typeof readingSchema>;
export type ReadingSource = Extract<Reading, { value: number }>['source'];

export function isMissing(reading: Reading): reading is Extract<Reading, { missing: string }> {
  return 'missing' in reading;
}

const serverReadingsSchema = z.strictObject({
  /** Offered requests/min over all replicas: what finished plus the growth of what runs and waits. */
  arrivalRate: readingSchema,
  /** Finished requests/min over all replicas. */
  throughput: readingSchema,
  avgInTokens: readingSchema,
  avgOutTokens: readingSchema,
  /** Mean time per output token and mean time to first token of the window, ms. */
  itlAverage: readingSchema,
  ttftAverage: readingSchema,
  /** Requests running and waiting now, over all replicas. */
  numRunning: readingSchema,
  numWaiting: readingSchema,
  /** Mean share of the KV cache in use over the replicas, 0 to 1. */
  kvCacheUsage: readingSchema,
});
export type ServerReadings = z.infer<typeof serverReadingsSchema>;

const kubeResourceSchema = z.strictObject({ uid: z.string(), name: z.string().min(1), space: z.string().min(1) });
/** The Deployment behind a server; `space` is its namespace. */
export type KubeResource = z.infer<typeof kubeResourceSchema>;

const count = z.int().nonnegative();

/** `unschedulable`: fits on no node; `unscheduled`: no scheduler has said anything of it; the others have a node. */
export const waitingReasons = ['unschedulable', 'unscheduled', 'crash-loop', 'not-ready'] as const;
const waitingPodsSchema = z.strictObject({
  accelerator: z.string(),
  pods: count,
  /** ms since the epoch. */
  since: z.number(),
  why: z.enum(waitingReasons),
  /** In words: the scheduler's, or the kubelet's. */
  reason: z.string(),
});
export type WaitingPods = z.infer<typeof waitingPodsSchema>;

const scheduledReplicas = count.max(10_000);
/** From each `start` to the next `end` (cron, in `timeZone`) these bounds stand in for those of the labels. */
export const scheduleEntrySchema = z
  .strictObject({
    start: z.string(),
    end: z.string(),
    /** IANA name. */
    timeZone: z.string().default('UTC'),
    minReplicas: scheduledReplicas.optional(),
    maxReplicas: scheduledReplicas.optional(),
  })
  .refine(({ minReplicas, maxReplicas }) => minReplicas !== undefined || maxReplicas !== undefined, {
    error: 'must have minReplicas or maxReplicas',
  })
  .refine(({ minReplicas = 0, maxReplicas = Infinity }) => minReplicas <= maxReplicas, {
    path: ['maxReplicas'],
    error: 'must be at least minReplicas',
  });
export type ScheduleEntry = z.infer<typeof scheduleEntrySchema>;

const serverStatusSchema = z.strictObject({
  /** `spec.replicas` of the Deployment. */
  desiredReplicas: count,
  readyReplicas: count,
  /** Pods that exist, are not ready and are not being deleted; the unschedulable ones included. */
  startingReplicas: count,
  unschedulableReplicas: count,
  terminatingReplicas: count,
  /** The scheduler's words, when a pod does not fit anywhere. */
  unschedulableReason: z.string().optional(),
  /** Pods of an older template are still there, or the newest template is not observed yet. */
  rolloutInProgress: z.boolean(),
  /** Accelerator name → pods that hold its cards now (any template, terminating ones included). */
  podsByAccelerator: z.record(z.string(), count),
  /** Accelerator name → its ready pods, and the max batch that they run with (0: not known). */
  serving: z.record(z.string(), z.strictObject({ pods: count, maxBatch: count })),
  /** By accelerator and why, the longest wait first: pods that are not ready, and since when the oldest of them has been waiting. */
  waiting: z.array(waitingPodsSchema),
  policy: z.string(),
  schedule: z.array(scheduleEntrySchema),
  /** Of a roll-out of ours that goes on: the count that it is followed by. */
  pendingReplicas: count.optional(),
  /** What the actuator last wrote to `spec.replicas`; differs from `desiredReplicas` when somebody else scaled. */
  lastWrittenReplicas: count.optional(),
  /** ms since the epoch. */
  acceleratorChangedAt: z.number().optional(),
});
export type ServerStatus = z.infer<typeof serverStatusSchema>;

export const workerStates = ['STARTING', 'ACTIVE', 'DRAINING', 'INACTIVE'] as const;
const workerSchema = z.strictObject({
  pod: z.string(),
  /** Null: no node was found for it yet. */
  node: z.string().nullable(),
  state: z.enum(workerStates),
  /** Requests running and waiting in it. */
  activeRequests: z.number().nonnegative().nullable(),
  /** Requests finished since its engine started, as last read. */
  totalProcessed: z.number().nonnegative().nullable(),
  /** In this state since then, ms since the epoch. */
  since: z.number().nullable(),
  /** Why a figure is null; null where all are known. */
  reason: z.string().nullable(),
});
/** One pod of a server. */
export type Worker = z.infer<typeof workerSchema>;
export const workersResponseSchema = z.array(workerSchema);

const problemSchema = z.strictObject({
  /** `namespace/name` of the Deployment. */
  object: z.string(),
  server: z.string().optional(),
  code: z.enum(['missing-label', 'bad-label', 'duplicate-server', 'bad-annotation']),
  reason: z.string(),
});
/** A managed Deployment that cannot be handled, or only in part, and why. */
export type CollectProblem = z.infer<typeof problemSchema>;

const unhandledSchema = z.strictObject({
  /** `namespace/name` of the Deployment, or of a pod whose Deployment is gone. */
  object: z.string(),
  /** As labelled; empty: not. */
  model: z.string(),
  accelerator: z.string(),
  /** `spec.replicas` */
  desiredReplicas: count,
  /** Accelerator name → pods that hold its cards now. */
  podsByAccelerator: z.record(z.string(), count),
});
/**
 * A managed Deployment that is no server, for what `problems` say of it, or a pod of none that is managed (any more). They hold cards all
 * the same.
 */
export type UnhandledDeployment = z.infer<typeof unhandledSchema>;

/** What is held back by hand; kept in the cluster, so that it survives every service. */
export const controlStateSchema = z.strictObject({
  paused: z.boolean().default(false),
  /** Server name → paused. */
  servers: z.record(z.string(), z.boolean()).default({}),
});
export type ControlState = z.infer<typeof controlStateSchema>;

/** `GET /collect` */
export const collectResponseSchema = z.strictObject({
  servers: z.array(serverSpecSchema),
  /** One per running pod, named `server/pod`. */
  replicas: z.array(serverSpecSchema),
  'kube-resources': z.record(z.string(), kubeResourceSchema),
  readings: z.record(z.string(), serverReadingsSchema),
  status: z.record(z.string(), serverStatusSchema),
  /** Server → its pods, those on their way out included. */
  workers: z.record(z.string(), workersResponseSchema),
  problems: z.array(problemSchema),
  unhandled: z.array(unhandledSchema).default([]),
  control: controlStateSchema,
  /** ms since the epoch. */
  at: z.number(),
});
export type CollectResponse = z.infer<typeof collectResponseSchema>;
/** As the collector writes it; see `WrittenServerSpec`. */
export type WrittenCollectResponse = z.input<typeof collectResponseSchema>;

const placementSchema = z.strictObject({
  nodeSelector: z.record(z.string(), z.string()),
  /** Extended resource of a card, and how many of it one accelerator takes. */
  resource: z.strictObject({ name: z.string().min(1), count: z.int().min(1) }),
  /** Model name → what its pod needs here. */
  models: z.record(z.string(), z.strictObject({ accCount: z.int().min(1), pod: podOverridesSchema.optional() })),
});
/** Where the pods of an accelerator go, and what a pod of each model needs there. */
export type Placement = z.infer<typeof placementSchema>;

const serverEventSchema = z.strictObject({
  server: z.string(),
  type: z.enum(['Normal', 'Warning']),
  reason: z.string().regex(/^[A-Z][A-Za-z]{0,127}$/, 'must be one word in CamelCase'),
  message: z.string().min(1),
  /** Only if the server's allocation in the same request was applied. */
  ifApplied: z.boolean().default(false),
});
/** What an operator should find at the server's Deployment. */
export type ServerEvent = z.infer<typeof serverEventSchema>;

/** `POST /update` */
export const updateRequestSchema = z.strictObject({
  allocations: z.record(z.string(), allocationSchema),
  'kube-resources': z.record(z.string(), kubeResourceSchema),
  /** Accelerator name → placement, of all that `allocations` move a server to; a server that stays on its accelerator needs none. */
  accelerators: z.record(z.string(), placementSchema).default({}),
  /** Server → pods that a roll-out of it may have beyond its count; of a server that is not named here as its Deployment says. */
  surges: z.record(z.string(), z.int().min(1)).default({}),
  /**
   * Servers, named in `kube-resources` too, whose pods find no place: where their pod template does not fit the accelerator that it
   * names (a manifest applied over a move leaves the cards of both), it is made to. Their counts stay. In the results only where
   * there was something to put right.
   */
  repair: z.array(z.string()).default([]),
  /** Their Deployments are named in `kube-resources` too. */
  events: z.array(serverEventSchema).default([]),
});
export type UpdateRequest = z.infer<typeof updateRequestSchema>;

export const updateStatuses = ['applied', 'unchanged', 'held', 'failed', 'gone'] as const;
const updateResultSchema = z.strictObject({ status: z.enum(updateStatuses), reason: z.string() });
export type UpdateResult = z.infer<typeof updateResultSchema>;

export const updateResponseSchema = z.strictObject({ results: z.record(z.string(), updateResultSchema) });
export type UpdateResponse = z.infer<typeof updateResponseSchema>;

/** What the actuator still has under way: accelerator changes between their two phases. `GET /status` */
export const actuatorStatusSchema = z.strictObject({
  underWay: z.array(z.strictObject({ server: z.string(), phase: z.string(), since: z.number(), reason: z.string() })),
});
export type ActuatorStatus = z.infer<typeof actuatorStatusSchema>;
