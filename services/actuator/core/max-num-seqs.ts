import { changeFlags, wordsOfFlag } from './command-line.js';
import type { Container } from './deployment-state.js';

const FLAG = '--max-num-seqs';

/** Max batch of a model server by its command line; undefined where it has no such argument (or one that is no number). */
export function maxNumSeqs(container: Container | undefined): number | undefined {
  const words = wordsOfFlag(container?.args ?? [], FLAG) ?? wordsOfFlag(container?.command ?? [], FLAG);
  const text = words?.[0]?.split('=')[1] ?? words?.[1];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

export function hasMaxNumSeqs(container: Container): boolean {
  return [container.args, container.command].some((words) => wordsOfFlag(words ?? [], FLAG) !== undefined);
}

/** The same container with the argument set, in the form and place in which it stands; one without it stays as it is. */
export function withMaxNumSeqs(container: Container, maxBatch: number): Container {
  for (const key of ['args', 'command'] as const) {
    const words = container[key] ?? [];
    const present = wordsOfFlag(words, FLAG);
    if (present === undefined) continue;
    const isJoined = present[0]?.includes('=') === true;
    const value = isJoined ? [`${FLAG}=${maxBatch}`, ...present.slice(1)] : [FLAG, String(maxBatch), ...present.slice(2)];
    return { ...container, [key]: changeFlags(words, new Map([[FLAG, value]])) };
  }
  return container;
}
