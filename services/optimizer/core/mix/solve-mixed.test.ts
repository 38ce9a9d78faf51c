import { expect } from 'chai';
import fc from 'fast-check';
import { createHighsSolver } from '../../adapters/highs/highs-solver.js';
import { emptyStart, exhaustive, exhaustiveMixed } from '../../test/exhaustive.js';
import { toProblem } from '../../test/random-problem.js';
import { compareObjectives } from '../assign/objective.js';
import type { MilpSolver } from '../assign/milp/milp-solver.js';
import { mixedObjective, type MixedProblem, type Mixture } from './mixture.js';
import { solveMixed } from './solve-mixed.js';

const unhurried = { relativeGap: 0, remainingMs: () => 60_000 };

interface PlainMixture {
  level: number;
  offered: number;
  fewest: number;
  most: number;
  /** Cards, value and rate of one replica, by type. */
  parts: [cards: number, value: number, rate: number][];
}

/** What one accelerator alone takes is a choice, as in a sized system. */
function mixedProblem(capacity: number[], servers: PlainMixture[]): MixedProblem {
  const alone = ({ offered, fewest }: PlainMixture, rate: number): number => Math.max(Math.ceil(offered / rate), fewest);
  const problem = toProblem({
    capacity,
    servers: servers.map((server) => ({
      level: server.level,
      choices: server.parts.map(([cards, value, rate], type): [number, number, number] => {
        const replicas = alone(server, rate);
        return [type, cards * replicas, value * replicas];
      }),
    })),
  });
  const mixtures = servers.map((server, index): Mixture => {
    const { offered, fewest, most, parts } = server;
    const list = parts.map(([cards, value, rate], type) => ({ type, cards, value, rate, enough: alone(server, rate) }));
    return { server: index, offered, fewest, most, baseValue: 0.5, parts: list };
  });
  return { problem, mixtures };
}

const mixedProblems = fc.integer({ min: 2, max: 3 }).chain((types) => {
  const part = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 2, max: 9 }));
  return fc
    .record({
      capacity: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: types, maxLength: types }),
      servers: fc.array(
        fc.record({
          level: fc.integer({ min: 0, max: 1 }),
          offered: fc.integer({ min: 1, max: 20 }),
          fewest: fc.integer({ min: 1, max: 3 }),
          most: fc.constantFrom(3, 6, Infinity),
          parts: fc.array(part, { minLength: types, maxLength: types }),
        }),
        { maxLength: 5 },
      ),
    })
    .map(({ capacity, servers }) => mixedProblem(capacity, servers));
});

/** One server for which neither accelerator has the cards alone. */
function shortOfEach() {
  return mixedProblem(
    [3, 1],
    [
      {
        level: 0,
        offered: 20,
        fewest: 1,
        most: 9,
        parts: [
          [1, 10, 5],
          [1, 30, 7],
        ],
      },
    ],
  );
}

describe('the exact solver with mixtures', () => {
  let highs: MilpSolver;
  before(async () => {
    highs = await createHighsSolver();
  });

  it('finds what looking at everything finds, and proves it', () => {
    fc.assert(
      fc.property(mixedProblems, (mixed) => {
        const answer = solveMixed(mixed, emptyStart(mixed.problem), highs, unhurried);
        const objective = mixedObjective(mixed, answer);
        const best = exhaustiveMixed(mixed);
        expect(objective, 'feasible').not.to.equal(null);
        expect(compareObjectives(objective!, best, 1e-6), JSON.stringify({ objective, best })).to.equal(0);
        expect(answer.certificate.mostServed).to.deep.equal(best.served);
        expect(answer.certificate.leastValue).to.be.closeTo(best.value, 1e-5);
      }),
      { numRuns: 40 },
    );
  });

  it('serves by two accelerators whom neither has the cards to serve alone', () => {
    const mixed = shortOfEach();
    expect(exhaustive(mixed.problem).served).to.deep.equal([0]);
    const { choice, replicas } = solveMixed(mixed, emptyStart(mixed.problem), highs, unhurried);
    expect([...choice]).to.deep.equal([-1]);
    expect(replicas).to.deep.equal([[3, 1]]);
  });

  it('out of time, gives back the start, with bounds that hold', () => {
    const mixed = shortOfEach();
    const answer = solveMixed(mixed, emptyStart(mixed.problem), highs, { relativeGap: 0, remainingMs: () => 0 });
    expect(answer.replicas).to.deep.equal([null]);
    expect(answer.certificate).to.deep.equal({ mostServed: [1], leastValue: -Infinity, cardPrices: null });
  });

  it('a solver that lies about its solution is found out', () => {
    const mixed = shortOfEach();
    const liar: MilpSolver = { ...highs, minimise: (model) => ({ values: model.upper, bound: -1 }) };
    expect(solveMixed(mixed, emptyStart(mixed.problem), liar, unhurried).replicas).to.deep.equal([null]);
  });
});
