import { NO_CHOICE, type AssignmentProblem } from '../core/assign/assignment-problem.js';
import { compareObjectives, type Objective } from '../core/assign/objective.js';

/**
 * The best objective there is, by looking at everything: server by server, every way to have used the cards so far, each at the best
 * objective that gets there. For a dozen servers and as many cards of each type.
 */
export function exhaustive({
  capacity,
  serversAtLevel,
  levelOf,
  firstChoice,
  typeOf,
  cardsOf,
  valueOf,
}: AssignmentProblem): Objective {
  let reached = new Map<string, { left: number[]; objective: Objective }>();
  reached.set('', { left: [...capacity], objective: { served: Array.from(serversAtLevel, () => 0), value: 0 } });
  levelOf.forEach((level, server) => {
    const next: typeof reached = new Map();
    const reach = (left: number[], objective: Objective): void => {
      const key = left.join();
      const known = next.get(key);
      if (known === undefined || compareObjectives(objective, known.objective) < 0) next.set(key, { left, objective });
    };
    for (const { left, objective } of reached.values()) {
      reach(left, objective);
      for (let choice = firstChoice[server]!; choice < firstChoice[server + 1]!; choice++) {
        const type = typeOf[choice]!;
        if (cardsOf[choice]! > left[type]!) continue;
        const served = objective.served.map((count, index) => (index === level ? count + 1 : count));
        reach(
          left.map((cards, index) => (index === type ? cards - cardsOf[choice]! : cards)),
          { served, value: objective.value + valueOf[choice]! },
        );
      }
    }
    reached = next;
  });
  return [...reached.values()].map(({ objective }) => objective).reduce((a, b) => (compareObjectives(b, a) < 0 ? b : a));
}

/** Nobody gets anything, and nothing is proven. */
export function emptyStart({ levelOf, serversAtLevel }: AssignmentProblem) {
  return {
    choice: new Int32Array(levelOf.length).fill(NO_CHOICE),
    certificate: { mostServed: [...serversAtLevel], leastValue: -Infinity, cardPrices: null },
  };
}
