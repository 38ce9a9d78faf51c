import { expect } from 'chai';
import fc from 'fast-check';
import { createHighsSolver } from '../../../adapters/highs/highs-solver.js';
import { emptyStart, exhaustive } from '../../../test/exhaustive.js';
import { contestedProblems, toProblem, type PlainProblem } from '../../../test/random-problem.js';
import type { Assignment } from '../assignment.js';
import { NO_CHOICE, type AssignmentProblem } from '../assignment-problem.js';
import { compareObjectives, isFeasible, objectiveOf } from '../objective.js';
import type { MilpSolver } from './milp-solver.js';
import { solveExactly } from './solve-exactly.js';

const unhurried = { relativeGap: 0, remainingMs: () => 60_000 };

describe('the exact solver', () => {
  let highs: MilpSolver;
  before(async () => {
    highs = await createHighsSolver();
  });

  const solve = (problem: AssignmentProblem, start: Assignment = emptyStart(problem)): Assignment =>
    solveExactly(problem, start, highs, unhurried);

  function expectBest(problem: AssignmentProblem, { choice, certificate }: Assignment, tolerance = 1e-6): void {
    const best = exhaustive(problem);
    const objective = objectiveOf(problem, choice);
    expect(isFeasible(problem, choice), 'feasible').to.equal(true);
    expect(compareObjectives(objective, best, tolerance), `${JSON.stringify(objective)}, best ${JSON.stringify(best)}`).to.equal(
      0,
    );
    expect(certificate.mostServed).to.deep.equal(best.served);
    expect(certificate.leastValue).to.be.closeTo(best.value, 2 * tolerance);
    expect(certificate.leastValue).to.be.at.most(objective.value);
  }

  it('finds what looking at everything finds, in counts and in value, and proves it', () => {
    fc.assert(
      fc.property(contestedProblems, (problem) => expectBest(problem, solve(problem))),
      { numRuns: 150 },
    );
  });

  it('finds the same from its own answer, whose prices leave little to look at', () => {
    fc.assert(
      fc.property(contestedProblems, (problem) => {
        const first = solve(problem);
        const start = { ...first, certificate: { ...first.certificate, leastValue: -Infinity } };
        expectBest(problem, solve(problem, start));
      }),
      { numRuns: 50 },
    );
  });

  const cases: { name: string; problem: PlainProblem; tolerance?: number }[] = [
    { name: 'no servers', problem: { capacity: [], servers: [] } },
    {
      name: 'zero capacity of everything',
      problem: { capacity: [0, 0], servers: [server(0, [0, 1, 3], [1, 2, 4]), server(1, [1, 0, 9])] },
    },
    {
      name: 'equal costs everywhere',
      problem: { capacity: [5, 5], servers: Array.from({ length: 8 }, () => server(0, [0, 2, 7], [1, 2, 7])) },
    },
    {
      name: 'all costs zero',
      problem: { capacity: [3, 2], servers: Array.from({ length: 6 }, (_, i) => server(i % 2, [0, 1, 0], [1, 1, 0])) },
    },
    {
      name: 'choices that need more cards than exist',
      problem: {
        capacity: [4, 3],
        servers: [server(0, [0, 5, -90], [1, 2, 50]), server(0, [0, 1e9, -1e3]), server(1, [0, 4, 8])],
      },
    },
    {
      name: 'a server of priority that displaces two cheaper ones',
      problem: { capacity: [2], servers: [server(1, [0, 1, -50]), server(1, [0, 1, -60]), server(0, [0, 2, 1e6])] },
    },
    {
      name: 'values of a billion beside values of a thousandth',
      problem: {
        capacity: [6, 6],
        servers: [
          server(0, [0, 2, 1e9], [1, 2, 1e9 + 0.5]),
          server(0, [0, 2, 0.001], [1, 2, 0.004]),
          server(0, [0, 2, 0.002], [1, 2, 0.0065]),
          server(0, [0, 2, 0.003], [1, 2, 0.005]),
        ],
      },
    },
    {
      name: 'cards by the billion, where a millionth of them is a thousand',
      problem: {
        capacity: [1e9, 5],
        servers: [server(0, [0, 1e9, 1], [1, 4, 90]), server(0, [0, 1, 1], [1, 1, 50]), server(1, [0, 1e9 - 1, 2], [1, 5, 3])],
      },
    },
  ];
  for (const { name, problem, tolerance } of cases) {
    it(`decides ${name}`, () => expectBest(toProblem(problem), solve(toProblem(problem)), tolerance));
  }

  it('does not depend on how often it is asked', () => {
    const [problem] = fc.sample(contestedProblems, { seed: 7, numRuns: 1 });
    expect(solve(problem!)).to.deep.equal(solve(problem!));
  });

  it('out of time, gives back the start, with bounds that hold', () => {
    fc.assert(
      fc.property(contestedProblems, (problem) => {
        const { choice, certificate } = solveExactly(problem, emptyStart(problem), highs, {
          relativeGap: 0,
          remainingMs: () => 0,
        });
        expect([...choice].every((chosen) => chosen === NO_CHOICE)).to.equal(true);
        expect(certificate.leastValue).to.be.at.most(0);
        exhaustive(problem)
          .served.slice(0, 1)
          .forEach((served) => expect(certificate.mostServed[0]).to.be.at.least(served));
      }),
      { numRuns: 50 },
    );
  });

  it('a solver that lies about its solution is found out: the known assignment stands', () => {
    const problem = toProblem({ capacity: [1], servers: [server(0, [0, 1, 5]), server(0, [0, 1, 6])] });
    const liar: MilpSolver = { ...highs, minimise: (model) => ({ values: model.cost.map(() => 1), bound: -2 }) };
    const { choice } = solveExactly(problem, emptyStart(problem), liar, unhurried);
    expect(isFeasible(problem, choice)).to.equal(true);
    expect([...choice]).to.deep.equal([NO_CHOICE, NO_CHOICE]);
  });
});

function server(level: number, ...choices: [number, number, number][]): PlainProblem['servers'][number] {
  return { level, choices };
}
