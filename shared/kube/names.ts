/** Labels of a managed Deployment; an annotation of the same key wins (for values that no label can hold). */
export const labels = {
  managed: 'inferno.server.managed',
  name: 'inferno.server.name',
  model: 'inferno.server.model',
  class: 'inferno.server.class',
  accelerator: 'inferno.server.allocation.accelerator',
  maxBatchSize: 'inferno.server.allocation.maxbatchsize',
  minReplicas: 'inferno.server.minreplicas',
  maxReplicas: 'inferno.server.maxreplicas',
  policy: 'inferno.server.policy',
  rpm: 'inferno.server.load.rpm',
  inTokens: 'inferno.server.load.intokens',
  outTokens: 'inferno.server.load.outtokens',
  /** The older single figure: output tokens, with no input tokens. */
  numTokens: 'inferno.server.load.numtokens',
  nominalRpm: 'inferno.server.load.nominal.rpm',
  nominalInTokens: 'inferno.server.load.nominal.intokens',
  nominalOutTokens: 'inferno.server.load.nominal.outtokens',
  nominalNumTokens: 'inferno.server.load.nominal.numtokens',
} as const;

/** Annotations that the services write to keep their state in the cluster. */
export const annotations = {
  policyConfig: 'inferno.server.policy.config',
  /** YAML or JSON list of times with their own minimum and maximum of replicas. */
  schedule: 'inferno.server.schedule',
  /** `spec.replicas` as the actuator last wrote it. */
  lastWrittenReplicas: 'inferno.server.allocation.lastreplicas',
  /** JSON: the count that waits until the pods of a new template are available. */
  pendingReplicas: 'inferno.server.allocation.pendingreplicas',
  /** When the actuator last changed the accelerator, RFC 3339. */
  acceleratorChangedAt: 'inferno.server.allocation.changedat',
  /** JSON of the load labels before the emulator touched them. */
  originalLoad: 'inferno.server.load.original',
} as const;

/** Labels (or annotations) of a Deployment that shape the simulated model servers of its pods. */
export const simulatedLabels = {
  startupDelaySec: 'inferno.simulated.startup-seconds',
  /** Factor of the engine's true parameters over those of model-data. */
  errorFactor: 'inferno.simulated.error-factor',
  /** Relative standard deviation of an iteration's time. */
  noise: 'inferno.simulated.noise',
  prefixHitRate: 'inferno.simulated.prefix-hit-rate',
  seed: 'inferno.simulated.seed',
} as const;

/** Label of a node: the accelerator type of its cards. */
export const NODE_ACCELERATOR_LABEL = 'inferno.accelerator';
/** Extended resource of a card: `inferno.io/<type>`. */
export const CARD_RESOURCE_PREFIX = 'inferno.io/';
/** ConfigMap that keeps what was paused by hand, and its one key, a JSON document. */
export const CONTROL_CONFIG_MAP = { name: 'inferno-control', key: 'control.json' } as const;

/** The value of a label of ours, where an annotation of the same key wins. */
export function labelOrAnnotation(
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> } | undefined,
  key: string,
): string | undefined {
  return metadata?.annotations?.[key] ?? metadata?.labels?.[key];
}
