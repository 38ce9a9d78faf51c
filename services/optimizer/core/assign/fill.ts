import { NO_CHOICE, type AssignmentProblem } from './assignment-problem.js';
import { cardsLeft } from './objective.js';

/**
 * Ends with nobody who has room for a better choice, or without one has room for any. Those who go without come first, by level: one
 * more of them is more than was counted on, and what is proven stays true.
 */
export function fill(problem: AssignmentProblem, choice: Int32Array): void {
  const { levelOf } = problem;
  const left = cardsLeft(problem, choice);
  const byLevel = [...choice.keys()].sort((a, b) => (levelOf[a] as number) - (levelOf[b] as number) || a - b);
  const moveAll = (servers: readonly number[]): boolean =>
    servers.map((server) => moveUp(problem, choice, left, server)).includes(true);
  for (let hasMoved = true; hasMoved;) {
    const without = byLevel.filter((server) => choice[server] === NO_CHOICE);
    hasMoved = moveAll(without) || moveAll(byLevel);
  }
}

/** To the first choice before its own that has room. @returns whether there is one */
function moveUp(
  { firstChoice, typeOf, cardsOf }: AssignmentProblem,
  choice: Int32Array,
  left: Float64Array,
  server: number,
): boolean {
  const now = choice[server] as number;
  const isWithout = now === NO_CHOICE;
  const own = isWithout ? -1 : (typeOf[now] as number);
  const held = isWithout ? 0 : (cardsOf[now] as number);
  const end = isWithout ? (firstChoice[server + 1] as number) : now;
  for (let better = firstChoice[server] as number; better < end; better++) {
    const type = typeOf[better] as number;
    if ((cardsOf[better] as number) > (left[type] as number) + (type === own ? held : 0)) continue;
    if (!isWithout) left[own] = (left[own] as number) + held;
    left[type] = (left[type] as number) - (cardsOf[better] as number);
    choice[server] = better;
    return true;
  }
  return false;
}
