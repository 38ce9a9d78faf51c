import { NO_CHOICE, type AssignmentProblem } from './assignment-problem.js';
import { cardsLeft } from './objective.js';
import type { Packing } from './packing.js';

/** The ways of a packing that stand for given choices: one on the same type that takes no more cards; or to be skipped. */
export function takenFrom(
  { first, serverOf, resource, use }: Packing,
  problem: AssignmentProblem,
  choice: Int32Array,
): Int32Array {
  const taken = new Int32Array(serverOf.length);
  serverOf.forEach((server, index) => {
    const given = choice[server] as number;
    const type = given === NO_CHOICE ? -1 : (problem.typeOf[given] as number);
    const cards = given === NO_CHOICE ? 0 : (problem.cardsOf[given] as number);
    let way = first[index] as number;
    const end = (first[index + 1] as number) - 1;
    while (way < end && !(given !== NO_CHOICE && resource[way] === type && (use[way] as number) <= cards)) way++;
    taken[index] = way;
  });
  return taken;
}

/** An assignment with the ways taken in a packing; who is not in it stays as before. */
export function choiceAfter(packing: Packing, taken: Int32Array, before: Int32Array): Int32Array {
  const after = Int32Array.from(before);
  packing.serverOf.forEach((server, index) => {
    const way = taken[index] as number;
    after[server] = packing.choiceOf[way] as number;
  });
  return after;
}

/**
 * Who has moved in a counting stage moves; of the others, who counted there with fewer cards than they have take no more than that,
 * for as long as their type is overfull.
 */
export function takeOver(
  problem: AssignmentProblem,
  { serverOf, choiceOf }: Packing,
  choice: Int32Array,
  before: Int32Array,
  taken: Int32Array,
): void {
  const counted = (index: number): number => choiceOf[taken[index] as number] as number;
  taken.forEach((way, index) => {
    if (way !== before[index]) choice[serverOf[index] as number] = counted(index);
  });
  const left = cardsLeft(problem, choice);
  taken.forEach((_way, index) => {
    const server = serverOf[index] as number;
    const now = choice[server] as number;
    const type = now === NO_CHOICE ? -1 : (problem.typeOf[now] as number);
    if (type < 0 || (left[type] as number) >= 0) return;
    choice[server] = counted(index);
    left[type] = (left[type] as number) + (problem.cardsOf[now] as number) - (problem.cardsOf[counted(index)] as number);
  });
}

/** Adds the given choices of a level for as long as there are cards. */
export function resume(problem: AssignmentProblem, choice: Int32Array, level: number, given: Int32Array): void {
  const left = cardsLeft(problem, choice);
  for (let server = 0; server < choice.length; server++) {
    const wanted = given[server] as number;
    if (problem.levelOf[server] !== level || wanted === NO_CHOICE) continue;
    const type = problem.typeOf[wanted] as number;
    const cards = problem.cardsOf[wanted] as number;
    if (cards > (left[type] as number)) continue;
    left[type] = (left[type] as number) - cards;
    choice[server] = wanted;
  }
}
