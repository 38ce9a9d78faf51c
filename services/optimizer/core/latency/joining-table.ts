import type { Joining, ServiceModel } from './service-model.js';

/**
 * `ServiceModel.joiningAs` for every batch; index 0 is unused. The largest so far where a figure falls (a prefill in more chunks makes
 * for less work per iteration), so that more load never looks better.
 */
export interface JoiningTable extends Readonly<Record<keyof Joining, Float64Array>> {
  /** By then hardly anybody has not got the first token: more other prompts are met by less than one in ten million. */
  readonly latestMs: Float64Array;
}

/** Batches of a table at first; most of a large batch are hardly ever reached. */
const FIRST_KNOWN = 64;

/** The table of a model for batches up to one at least, which is extended when it is asked for more. */
export function joiningOf(model: ServiceModel, maxBatch: number): (last: number) => JoiningTable {
  let table: JoiningTable | null = null;
  let known = 0;
  return (last) => {
    if (table !== null && last <= known) return table;
    const until = Math.min(maxBatch, Math.max(FIRST_KNOWN, 2 * last));
    table = extended(table, model, known, until);
    known = until;
    return table;
  };
}

function extended(table: JoiningTable | null, model: ServiceModel, known: number, until: number): JoiningTable {
  const row = (name: keyof JoiningTable): Float64Array => {
    const made = new Float64Array(until + 1);
    if (table !== null) made.set(table[name]);
    return made;
  };
  const itlMs = row('itlMs');
  const iterationMs = row('iterationMs');
  const prefillMs = row('prefillMs');
  const otherPrompts = row('otherPrompts');
  const otherPromptMs = row('otherPromptMs');
  const latestMs = row('latestMs');
  for (let batch = known + 1; batch <= until; batch++) {
    const joining = model.joiningAs(batch);
    const before = batch - 1;
    const prompts = Math.max(otherPrompts[before] as number, joining.otherPrompts);
    itlMs[batch] = Math.max(itlMs[before] as number, joining.itlMs);
    iterationMs[batch] = Math.max(iterationMs[before] as number, joining.iterationMs);
    prefillMs[batch] = Math.max(prefillMs[before] as number, joining.prefillMs);
    otherPrompts[batch] = prompts;
    otherPromptMs[batch] = Math.max(otherPromptMs[before] as number, joining.otherPromptMs);
    // Poisson.
    const mostPrompts = prompts + 6 * Math.sqrt(prompts) + 8;
    latestMs[batch] =
      (prefillMs[batch] as number) + (iterationMs[batch] as number) + (otherPromptMs[batch] as number) * mostPrompts;
  }
  return { itlMs, iterationMs, prefillMs, otherPrompts, otherPromptMs, latestMs };
}
