import fc from 'fast-check';
import type { AssignmentProblem } from '../core/assign/assignment-problem.js';

export interface PlainServer {
  level: number;
  /** Type, cards, value. */
  choices: [type: number, cards: number, value: number][];
}

export interface PlainProblem {
  capacity: number[];
  servers: PlainServer[];
}

/** As the solvers want it: choices best value first. */
export function toProblem({ capacity, servers }: PlainProblem): AssignmentProblem {
  const levels = [...new Set(servers.map(({ level }) => level))].sort((a, b) => a - b);
  const levelOf = Int32Array.from(servers, ({ level }) => levels.indexOf(level));
  const choices = servers.map((server) => [...server.choices].sort((a, b) => a[2] - b[2]));
  const firstChoice = new Int32Array(servers.length + 1);
  choices.forEach((list, server) => (firstChoice[server + 1] = firstChoice[server]! + list.length));
  const flat = choices.flat();
  return {
    capacity: Float64Array.from(capacity),
    serversAtLevel: Int32Array.from(levels, (_, level) => levelOf.filter((of) => of === level).length),
    levelOf,
    firstChoice,
    typeOf: Int32Array.from(flat, ([type]) => type),
    cardsOf: Float64Array.from(flat, ([, cards]) => cards),
    valueOf: Float64Array.from(flat, ([, , value]) => value),
  };
}

/** Up to 12 servers with up to 6 choices each on up to 3 types, on cards for about half of them. */
export const contestedProblems: fc.Arbitrary<AssignmentProblem> = fc
  .integer({ min: 1, max: 3 })
  .chain((types) => {
    const choice = fc.tuple(
      fc.integer({ min: 0, max: types - 1 }),
      fc.integer({ min: 0, max: 5 }),
      fc.oneof(
        fc.integer({ min: -20, max: 60 }),
        fc.integer({ min: -200, max: 600 }).map((value) => value / 10),
      ),
    );
    return fc.record({
      capacity: fc.array(fc.integer({ min: 0, max: 14 }), { minLength: types, maxLength: types }),
      servers: fc.array(
        fc.record({ level: fc.integer({ min: 0, max: 2 }), choices: fc.array(choice, { minLength: 1, maxLength: 6 }) }),
        { maxLength: 12 },
      ),
    });
  })
  .map(toProblem);
