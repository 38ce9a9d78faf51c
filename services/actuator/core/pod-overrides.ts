import { z } from 'zod';
import type { PodOverrides } from '#shared/contracts/system-data.js';
import { changeFlags, groupByFlag, wordsOfFlag } from './command-line.js';
import type { Container } from './deployment-state.js';

type EnvVar = NonNullable<Container['env']>[number];

const envVarSchema = z.custom<EnvVar>((value) => typeof (value as { name?: unknown } | null)?.name === 'string');

/**
 * What the overrides of an accelerator replaced in a container: the value now (`is`) and before (`was`, null: nothing). The next
 * accelerator change puts back what still stands as it was written, so that a flag of one accelerator (a tensor-parallel size)
 * does not follow the server to the next, and what somebody edited meanwhile is left to them.
 */
export const replacedSchema = z.object({
  image: z.object({ is: z.string(), was: z.string().nullable() }).optional(),
  args: z.record(z.string(), z.object({ is: z.array(z.string()), was: z.array(z.string()).nullable() })).default({}),
  env: z.record(z.string(), z.object({ is: z.string(), was: envVarSchema.nullable() })).default({}),
});
export type Replaced = z.infer<typeof replacedSchema>;

/** The container as it was before the overrides recorded in `replaced`. */
export function undoOverrides(container: Container, replaced: Replaced): Container {
  const { image, args, env } = replaced;
  const unchangedFlags = Object.entries(args).filter(([flag, { is }]) => same(wordsOfFlag(container.args ?? [], flag), is));
  const undone: Container = { ...container };
  if (image !== undefined && image.was !== null && container.image === image.is) undone.image = image.was;
  if (unchangedFlags.length > 0) {
    undone.args = changeFlags(container.args ?? [], new Map(unchangedFlags.map(([flag, { was }]) => [flag, was])));
  }
  if (container.env !== undefined) {
    undone.env = container.env.flatMap((variable) => {
      const record = env[variable.name];
      if (record === undefined || variable.value !== record.is) return [variable];
      return record.was === null ? [] : [record.was];
    });
  }
  return undone;
}

/** The container with an accelerator's overrides, and the record with which to undo them: flags by name, variables by name. */
export function applyOverrides(container: Container, overrides: PodOverrides): { container: Container; replaced: Replaced } {
  const replaced: Replaced = { args: {}, env: {} };
  const result: Container = { ...container };
  if (overrides.image !== undefined && overrides.image !== container.image) {
    replaced.image = { is: overrides.image, was: container.image ?? null };
    result.image = overrides.image;
  }

  const flags = new Map<string, readonly string[]>();
  for (const { flag, words } of groupByFlag(overrides.args ?? [])) {
    const before = wordsOfFlag(container.args ?? [], flag ?? '');
    if (flag === undefined || same(before, words)) continue;
    flags.set(flag, words);
    replaced.args[flag] = { is: [...words], was: before === undefined ? null : [...before] };
  }
  if (flags.size > 0) result.args = changeFlags(container.args ?? [], flags);

  const env = new Map((container.env ?? []).map((variable) => [variable.name, variable]));
  for (const [name, value] of Object.entries(overrides.env ?? {})) {
    const before = env.get(name);
    if (before !== undefined && before.value === value && before.valueFrom === undefined) continue;
    env.set(name, { name, value });
    replaced.env[name] = { is: value, was: before ?? null };
  }
  if (env.size > 0) result.env = [...env.values()];
  return { container: result, replaced };
}

function same(left: readonly string[] | undefined, right: readonly string[]): boolean {
  return left?.length === right.length && right.every((word, index) => left[index] === word);
}
