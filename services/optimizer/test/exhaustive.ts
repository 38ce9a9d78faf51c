import type { Assignment } from '../core/assign/assignment.js';
import { NO_CHOICE, type AssignmentProblem } from '../core/assign/assignment-problem.js';
import { compareObjectives, type Objective } from '../core/assign/objective.js';
import { carries, valueOfReplicas, type MixedProblem, type Mixture } from '../core/mix/mixture.js';

interface Way {
  /** Cards by type. */
  cards: number[];
  value: number;
}

interface Asking {
  level: number;
  ways: Way[];
}

/**
 * The best objective there is, by looking at everything: server by server, every way to have used the cards so far, each at the best
 * objective that gets there. For a dozen servers and as many cards of each type.
 */
export function exhaustive(problem: AssignmentProblem): Objective {
  return bestOf(problem, askingOf(problem));
}

/** The same where servers may also take any replicas of their mixtures. */
export function exhaustiveMixed({ problem, mixtures }: MixedProblem): Objective {
  const asking = askingOf(problem);
  for (const mixture of mixtures) {
    for (const replicas of countsUpTo(mixture.parts.map(({ enough }) => enough))) {
      if (carries(mixture, replicas)) asking[mixture.server]!.ways.push(wayOf(problem, mixture, replicas));
    }
  }
  return bestOf(problem, asking);
}

function askingOf({ capacity, levelOf, firstChoice, typeOf, cardsOf, valueOf }: AssignmentProblem): Asking[] {
  return Array.from(levelOf, (level, server) => ({
    level,
    ways: Array.from({ length: firstChoice[server + 1]! - firstChoice[server]! }, (_, index) => {
      const choice = firstChoice[server]! + index;
      return {
        cards: Array.from(capacity, (_cards, type) => (type === typeOf[choice] ? cardsOf[choice]! : 0)),
        value: valueOf[choice]!,
      };
    }),
  }));
}

function wayOf({ capacity }: AssignmentProblem, mixture: Mixture, replicas: readonly number[]): Way {
  const cards = Array.from(capacity, () => 0);
  mixture.parts.forEach((part, index) => (cards[part.type]! += part.cards * replicas[index]!));
  return { cards, value: valueOfReplicas(mixture, replicas) };
}

function countsUpTo(most: readonly number[]): number[][] {
  return most.reduce<number[][]>(
    (lists, limit) => lists.flatMap((list) => Array.from({ length: limit + 1 }, (_, count) => [...list, count])),
    [[]],
  );
}

function bestOf({ capacity, serversAtLevel }: AssignmentProblem, asking: readonly Asking[]): Objective {
  let reached = new Map([['', { left: [...capacity], objective: { served: Array.from(serversAtLevel, () => 0), value: 0 } }]]);
  for (const { level, ways } of asking) {
    const next: typeof reached = new Map();
    const reach = (left: number[], objective: { served: number[]; value: number }): void => {
      const key = left.join();
      const known = next.get(key);
      if (known === undefined || compareObjectives(objective, known.objective) < 0) next.set(key, { left, objective });
    };
    for (const { left, objective } of reached.values()) {
      reach(left, objective);
      const served = objective.served.map((count, index) => (index === level ? count + 1 : count));
      const possible = ways.filter(({ cards }) => left.every((count, type) => count >= cards[type]!));
      for (const { cards, value } of possible) {
        reach(
          left.map((count, type) => count - cards[type]!),
          { served, value: objective.value + value },
        );
      }
    }
    reached = next;
  }
  return [...reached.values()].map(({ objective }) => objective).reduce((a, b) => (compareObjectives(b, a) < 0 ? b : a));
}

/** Nobody gets anything, and nothing is proven. */
export function emptyStart({ levelOf, serversAtLevel }: AssignmentProblem): Assignment {
  return {
    choice: new Int32Array(levelOf.length).fill(NO_CHOICE),
    certificate: { mostServed: [...serversAtLevel], leastValue: -Infinity, cardPrices: null },
  };
}
