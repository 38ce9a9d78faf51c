import type { z } from 'zod';

/** Refinement of an array: two items of the same key are an error at the second one, naming both places. */
export function uniqueBy<T>(what: string, keyOf: (item: T) => string, path: readonly string[]) {
  return (items: readonly T[], context: z.core.$RefinementCtx<readonly T[]>): void => {
    const firstIndex = new Map<string, number>();
    items.forEach((item, index) => {
      const key = keyOf(item);
      const earlier = firstIndex.get(key);
      if (earlier === undefined) {
        firstIndex.set(key, index);
        return;
      }
      context.addIssue({
        code: 'custom',
        path: [index, ...path],
        message: `duplicate ${what} "${key}", first at index ${earlier}`,
      });
    });
  };
}
