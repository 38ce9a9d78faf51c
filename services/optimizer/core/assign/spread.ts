import { NO_CHOICE, type AssignmentProblem } from './assignment-problem.js';

/** How steeply a type's price rises while it fills up: from 1 to e⁶ ≈ 400 times as much. */
const STEEPNESS = 6;

/**
 * A place for everybody of the levels up to `last`, the first that comes to mind: in turn, each server takes the choice that is least of
 * the cards of its type at prices that rise as the type fills up, so that none is full before all are. Who could not be served by all
 * the cards there are gets none.
 *
 * @returns null where somebody else finds no room
 */
export function spreadOut(problem: AssignmentProblem, last: number): Int32Array | null {
  const { capacity, levelOf, firstChoice, typeOf, cardsOf } = problem;
  const left = Float64Array.from(capacity);
  const price = Float64Array.from(capacity, (cards) => 1 / cards);
  const choice = new Int32Array(levelOf.length).fill(NO_CHOICE);
  for (let server = 0; server < choice.length; server++) {
    if ((levelOf[server] as number) > last) continue;
    let least = Infinity;
    let best = NO_CHOICE;
    let isHopeless = true;
    for (let own = firstChoice[server] as number; own < (firstChoice[server + 1] as number); own++) {
      const type = typeOf[own] as number;
      const cards = cardsOf[own] as number;
      if (cards <= (capacity[type] as number)) isHopeless = false;
      if (cards > (left[type] as number)) continue;
      const paid = cards === 0 ? 0 : (price[type] as number) * cards;
      if (paid >= least) continue;
      least = paid;
      best = own;
    }
    if (best === NO_CHOICE && !isHopeless) return null;
    if (best === NO_CHOICE) continue;
    const type = typeOf[best] as number;
    const total = capacity[type] as number;
    left[type] = (left[type] as number) - (cardsOf[best] as number);
    if (total > 0) price[type] = Math.exp(STEEPNESS * (1 - left[type] / total)) / total;
    choice[server] = best;
  }
  return choice;
}
