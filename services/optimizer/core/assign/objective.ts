import { NO_CHOICE, type AssignmentProblem } from './assignment-problem.js';

/**
 * What every solver minimises, in this order of importance:
 *
 * 1. the number of servers of the highest priority that do not get one of their choices, that is, all replicas that their targets (or
 *    their maximum, where that cuts every candidate) ask for; then of the next priority, and so on;
 * 2. the total value of the choices: their cost per hour and the price of changing over to them.
 *
 * So no lower class is served at the expense of a higher one, and no server is stranded to save another one a cent. Pins hold their
 * cards before any of this; what is left afterwards goes to the others by the saturation policy, which takes from nobody.
 */
export interface Objective {
  /** Servers with a choice by level, highest priority first. */
  readonly served: readonly number[];
  /** Cents/hr; see `candidates/value.ts`. */
  readonly value: number;
}

/** Judges an assignment: choice of each server, or `NO_CHOICE`. */
export function objectiveOf({ levelOf, serversAtLevel, valueOf }: AssignmentProblem, choice: Int32Array): Objective {
  const served = Array.from(serversAtLevel, () => 0);
  let value = 0;
  choice.forEach((chosen, server) => {
    if (chosen === NO_CHOICE) return;
    const level = levelOf[server] as number;
    served[level] = (served[level] as number) + 1;
    value += valueOf[chosen] as number;
  });
  return { served, value };
}

/** Negative where `a` is the better one. Values within `tolerance` cents/hr of each other are the same. */
export function compareObjectives(a: Objective, b: Objective, tolerance = 0): number {
  for (const [level, served] of a.served.entries()) {
    const difference = (b.served[level] ?? 0) - served;
    if (difference !== 0) return difference;
  }
  const difference = a.value - b.value;
  return Math.abs(difference) <= tolerance ? 0 : difference;
}

/** Cards of each type that an assignment leaves; negative: it takes more than there are. */
export function cardsLeft({ capacity, typeOf, cardsOf }: AssignmentProblem, choice: Int32Array): Float64Array {
  const left = Float64Array.from(capacity);
  for (const chosen of choice) {
    if (chosen === NO_CHOICE) continue;
    const type = typeOf[chosen] as number;
    left[type] = (left[type] as number) - (cardsOf[chosen] as number);
  }
  return left;
}

/** Every choice is one of its server's, and no type is short of cards. */
export function isFeasible(problem: AssignmentProblem, choice: Int32Array): boolean {
  const { firstChoice } = problem;
  const isOwn = (chosen: number, server: number): boolean =>
    chosen === NO_CHOICE || (chosen >= (firstChoice[server] as number) && chosen < (firstChoice[server + 1] as number));
  return choice.length === firstChoice.length - 1 && choice.every(isOwn) && cardsLeft(problem, choice).every((left) => left >= 0);
}
