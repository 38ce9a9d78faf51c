import type { Container } from './deployment-state.js';

/** Values of a map in a strategic merge patch; null deletes a key. */
export type MapPatch = Record<string, string | null>;

type EnvPatch = { name: string; $patch: 'delete' } | { name: string; value: string | null; valueFrom: unknown };

export interface ContainerPatch {
  name: string;
  image?: string;
  args?: string[];
  command?: string[];
  env?: EnvPatch[];
  resources?: { limits: MapPatch; requests?: MapPatch };
}

export interface TemplatePatch {
  metadata?: { labels: MapPatch; annotations: MapPatch };
  spec: { nodeSelector?: MapPatch; containers: ContainerPatch[] };
}

/** A strategic merge patch of a Deployment, without the resourceVersion that its writer adds. */
export interface DeploymentPatch {
  metadata: { labels: MapPatch; annotations: MapPatch };
  spec?: { replicas: number } | { strategy?: StrategyPatch; template: TemplatePatch };
}

export interface StrategyPatch {
  type: 'RollingUpdate';
  rollingUpdate: { maxUnavailable: 0; maxSurge?: number };
}

/** What leads from one container to the other: lists of words whole, environment variables by name. */
export function diffContainer(before: Container, after: Container): ContainerPatch {
  const patch: ContainerPatch = { name: before.name };
  if (after.image !== undefined && after.image !== before.image) patch.image = after.image;
  for (const key of ['args', 'command'] as const) {
    const words = after[key];
    if (words !== undefined && JSON.stringify(words) !== JSON.stringify(before[key])) patch[key] = words;
  }
  const env = diffEnv(before.env ?? [], after.env ?? []);
  if (env.length > 0) patch.env = env;
  return patch;
}

function diffEnv(before: NonNullable<Container['env']>, after: NonNullable<Container['env']>): EnvPatch[] {
  const old = new Map(before.map((variable) => [variable.name, JSON.stringify(variable)]));
  const names = new Set(after.map(({ name }) => name));
  const removed = before.filter(({ name }) => !names.has(name)).map(({ name }) => ({ name, $patch: 'delete' as const }));
  const changed = after
    .filter((variable) => old.get(variable.name) !== JSON.stringify(variable))
    // Value and valueFrom exclude each other: the one that is not meant is deleted.
    .map(({ name, value, valueFrom }) => ({ name, value: value ?? null, valueFrom: valueFrom ?? null }));
  return [...removed, ...changed];
}
