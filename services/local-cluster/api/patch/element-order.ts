import { isDeepStrictEqual } from 'node:util';
import { isLooseObject } from '../objects.js';

/**
 * Puts the items that the patch names into the patch's order, and leaves the others where they stood relative to what was there
 * before. Without a common neighbour to go by, the patch's items come first.
 */
export function inPatchOrder(merged: unknown[], before: unknown[], order: unknown[], mergeKey: string): unknown[] {
  const identity = (item: unknown): unknown => (mergeKey !== '' && isLooseObject(item) ? item[mergeKey] : item);
  const place = (list: readonly unknown[], item: unknown): number =>
    list.findIndex((other) => isDeepStrictEqual(identity(other), identity(item)));
  const named = merged.filter((item) => place(order, item) >= 0).sort((one, other) => place(order, one) - place(order, other));
  const others = merged.filter((item) => place(order, item) < 0);
  const result: unknown[] = [];
  while (named.length > 0 && others.length > 0) {
    const otherPlace = place(before, others[0]);
    const namedPlace = place(before, named[0]);
    const isOtherFirst = otherPlace >= 0 && namedPlace >= 0 && otherPlace < namedPlace;
    result.push((isOtherFirst ? others : named).shift());
  }
  return [...result, ...named, ...others];
}
