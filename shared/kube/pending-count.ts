import { z } from 'zod';
import { annotations } from './names.js';
import { parseJson } from './parse-json.js';
import type { Deployment } from './wire.js';

const pendingCountSchema = z.object({
  replicas: z.int().nonnegative(),
  /** `spec.replicas` when this was written; another value later means that somebody else scaled meanwhile. */
  from: z.int().nonnegative(),
  /** ms since the epoch. */
  since: z.number(),
  why: z.string(),
});
/** The count that waits until the pods of a new template are available. */
export type PendingCount = z.infer<typeof pendingCountSchema>;

/** The count that waits for a roll-out; an annotation that says nothing readable counts as none. */
export function pendingCountOf({ metadata }: Deployment): PendingCount | undefined {
  const text = metadata?.annotations?.[annotations.pendingReplicas];
  if (text === undefined) return undefined;
  const parsed = pendingCountSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}
