import { expect } from 'chai';
import fc from 'fast-check';
import { exhaustive } from '../../test/exhaustive.js';
import { contestedProblems, toProblem, type PlainProblem } from '../../test/random-problem.js';
import { NO_CHOICE, type AssignmentProblem } from './assignment-problem.js';
import { cardsLeft, compareObjectives, isFeasible, objectiveOf } from './objective.js';
import { solveAuto, type AutoAssignment } from './solve-auto.js';

/** Six types that few cards are left of, with choices of all sizes. */
const manyTypes: fc.Arbitrary<AssignmentProblem> = fc
  .record({
    capacity: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 6, maxLength: 6 }),
    servers: fc.array(
      fc.record({
        level: fc.integer({ min: 0, max: 2 }),
        choices: fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 4 }), fc.integer({ min: -50, max: 200 })), {
          minLength: 1,
          maxLength: 6,
        }),
      }),
      { maxLength: 12 },
    ),
  })
  .map(toProblem);

/** More servers than are searched for the proof, alike in groups as those of real fleets are. */
const fleets: fc.Arbitrary<AssignmentProblem> = fc
  .record({
    capacity: fc.array(fc.integer({ min: 20, max: 300 }), { minLength: 4, maxLength: 4 }),
    groups: fc.array(
      fc.record({
        size: fc.integer({ min: 1, max: 20 }),
        level: fc.integer({ min: 0, max: 2 }),
        choices: fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 24 }), fc.double({ min: -50, max: 500, noNaN: true })), {
          minLength: 1,
          maxLength: 8,
        }),
      }),
      { minLength: 4, maxLength: 9 },
    ),
  })
  .map(({ capacity, groups }) =>
    toProblem({ capacity, servers: groups.flatMap(({ size, ...server }) => Array.from({ length: size }, () => server)) }),
  );

/** What holds of every answer: nothing is given twice, nobody is left short of what there is room for, and the proof is not below. */
function check(problem: AssignmentProblem, { choice, certificate }: AutoAssignment): void {
  expect(isFeasible(problem, choice)).to.equal(true);
  const { served, value } = objectiveOf(problem, choice);
  served.forEach((count, level) => expect(count).to.be.at.most(certificate.mostServed[level]!));
  expect(certificate.leastValue).to.be.finite;
  expect(certificate.leastValue).to.be.at.most(value + tolerance(problem));
  for (const price of certificate.cardPrices!) expect(price).to.be.at.least(0).and.finite;
  const left = cardsLeft(problem, choice);
  choice.forEach((chosen, server) => {
    const end = chosen === NO_CHOICE ? problem.firstChoice[server + 1]! : chosen;
    for (let better = problem.firstChoice[server]!; better < end; better++) {
      const type = problem.typeOf[better]!;
      const own = chosen !== NO_CHOICE && problem.typeOf[chosen] === type ? problem.cardsOf[chosen]! : 0;
      expect(problem.cardsOf[better], `choice ${better} of server ${server}`).to.be.greaterThan(left[type]! + own);
    }
  });
}

function tolerance({ valueOf }: AssignmentProblem): number {
  return 1e-9 * valueOf.reduce((sum, value) => sum + Math.abs(value), 1);
}

describe('solveAuto against a look at everything', () => {
  for (const { name, problems, numRuns } of [
    { name: 'few types', problems: contestedProblems, numRuns: 400 },
    { name: 'six types', problems: manyTypes, numRuns: 60 },
  ]) {
    it(`${name}: serves as many at every level, at the least value, and its certificate is true`, () => {
      fc.assert(
        fc.property(problems, (problem) => {
          const answer = solveAuto(problem);
          check(problem, answer);
          const best = exhaustive(problem);
          const own = objectiveOf(problem, answer.choice);
          expect(own.served).to.deep.equal(best.served);
          expect(compareObjectives(own, best, tolerance(problem))).to.equal(0);
          expect(answer.certificate.mostServed).to.deep.equal(best.served);
          expect(answer.certificate.leastValue).to.be.closeTo(best.value, tolerance(problem));
        }),
        { numRuns },
      );
    });
  }
});

describe('solveAuto on fleets', function () {
  this.timeout(120_000);

  it('gives nothing twice, leaves nobody short of what there is room for, and proves a bound', () => {
    fc.assert(
      fc.property(fleets, (problem) => check(problem, solveAuto(problem))),
      { numRuns: 20, endOnFailure: true },
    );
  });

  it('gives the same answer each time', () => {
    fc.assert(
      fc.property(fleets, (problem) => {
        expect(solveAuto(problem)).to.deep.equal(solveAuto(problem));
      }),
      { numRuns: 6, endOnFailure: true },
    );
  });

  it('goes on from its last answer: no worse on the same problem, and as sound on another', () => {
    const shrunk = fc.array(fc.double({ min: 0.5, max: 1.2, noNaN: true }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fleets, shrunk, (problem, factors) => {
        const first = solveAuto(problem);
        const again = solveAuto(problem, first.warm);
        check(problem, again);
        expect(
          compareObjectives(objectiveOf(problem, again.choice), objectiveOf(problem, first.choice), tolerance(problem)),
        ).to.be.at.most(0);
        const other = { ...problem, capacity: problem.capacity.map((cards, type) => Math.floor(cards * factors[type]!)) };
        check(other, solveAuto(other, first.warm));
      }),
      { numRuns: 6, endOnFailure: true },
    );
  });
});

describe('solveAuto on odd input', () => {
  const alike = (count: number, choices: PlainProblem['servers'][number]['choices']): PlainProblem['servers'] =>
    Array.from({ length: count }, () => ({ level: 0, choices }));

  const cases: { name: string; plain: PlainProblem; served: number[]; value: number }[] = [
    { name: 'no servers', plain: { capacity: [3], servers: [] }, served: [], value: 0 },
    { name: 'no cards', plain: { capacity: [0, 0], servers: alike(3, [[0, 1, 5]]) }, served: [0], value: 0 },
    { name: 'choices that take no cards', plain: { capacity: [0], servers: alike(3, [[0, 0, 5]]) }, served: [3], value: 15 },
    {
      name: 'all costs zero',
      plain: {
        capacity: [2, 9],
        servers: alike(4, [
          [0, 1, 0],
          [1, 2, 0],
        ]),
      },
      served: [4],
      value: 0,
    },
    {
      name: 'equal costs',
      plain: {
        capacity: [2, 3],
        servers: alike(9, [
          [0, 1, 7],
          [1, 1, 7],
        ]),
      },
      served: [5],
      value: 35,
    },
    { name: 'more cards asked than exist', plain: { capacity: [5], servers: alike(2, [[0, 6, -9]]) }, served: [0], value: 0 },
    {
      name: 'negative values',
      plain: {
        capacity: [4],
        servers: alike(3, [
          [0, 2, -9],
          [0, 1, -2],
        ]),
      },
      served: [3],
      value: -13,
    },
    {
      name: 'huge costs and cards',
      plain: {
        capacity: [Number.MAX_SAFE_INTEGER, 2 ** 52],
        servers: alike(3, [
          [0, 2 ** 52, 1e15],
          [1, 2 ** 52, 1.5e15],
        ]),
      },
      served: [2],
      value: 2.5e15,
    },
    {
      name: 'a cent beside a fortune',
      plain: {
        capacity: [1, 1],
        servers: [
          ...alike(1, [
            [0, 1, 1],
            [1, 1, 2],
          ]),
          ...alike(1, [
            [0, 1, 1e15],
            [1, 1, 1e15 + 4],
          ]),
        ],
      },
      served: [2],
      value: 1e15 + 2,
    },
  ];
  for (const { name, plain, served, value } of cases) {
    it(name, () => {
      const problem = toProblem(plain);
      const answer = solveAuto(problem);
      check(problem, answer);
      expect(objectiveOf(problem, answer.choice)).to.deep.equal({ served, value });
    });
  }

  it('where costs tie, the earlier choice and the earlier server', () => {
    const problem = toProblem({
      capacity: [1, 1],
      servers: alike(3, [
        [0, 1, 7],
        [1, 1, 7],
      ]),
    });
    expect([...solveAuto(problem).choice]).to.deep.equal([0, 3, NO_CHOICE]);
  });

  it('a hundred levels of one server each', () => {
    const servers = Array.from({ length: 100 }, (_, level): PlainProblem['servers'][number] => ({ level, choices: [[0, 2, 1]] }));
    const problem = toProblem({ capacity: [41], servers });
    const { served } = objectiveOf(problem, solveAuto(problem).choice);
    expect(served.slice(0, 20)).to.deep.equal(Array(20).fill(1));
    expect(served.slice(20)).to.deep.equal(Array(80).fill(0));
  });
});
