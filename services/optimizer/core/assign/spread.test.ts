import { expect } from 'chai';
import fc from 'fast-check';
import { contestedProblems, toProblem } from '../../test/random-problem.js';
import { NO_CHOICE } from './assignment-problem.js';
import { isFeasible } from './objective.js';
import { spreadOut } from './spread.js';

describe('spreadOut', () => {
  it('serves all of the levels asked for whom all cards together could serve, nobody else, or says that it cannot', () => {
    let spread = 0;
    fc.assert(
      fc.property(contestedProblems, fc.nat(2), (problem, last) => {
        const choice = spreadOut(problem, last);
        if (choice === null) return;
        spread++;
        expect(isFeasible(problem, choice)).to.equal(true);
        choice.forEach((chosen, server) => {
          const own = [...problem.cardsOf.keys()].slice(problem.firstChoice[server], problem.firstChoice[server + 1]);
          const isPossible = own.some((way) => problem.cardsOf[way]! <= problem.capacity[problem.typeOf[way]!]!);
          expect(chosen !== NO_CHOICE).to.equal(isPossible && problem.levelOf[server]! <= last);
        });
      }),
      { numRuns: 300 },
    );
    expect(spread).to.be.greaterThan(0);
  });

  it('keeps types from filling up while others are empty', () => {
    const servers = Array.from({ length: 10 }, (_, index) => ({
      level: 0,
      // The last ones know one type only.
      choices: [[0, 1, 1], ...(index < 5 ? [[1, 1, 2]] : [])] as [number, number, number][],
    }));
    const choice = spreadOut(toProblem({ capacity: [9, 4], servers }), 0);
    expect(choice).not.to.equal(null);
  });

  it('gives up where somebody finds no room', () => {
    const servers = [1, 2].map(() => ({ level: 0, choices: [[0, 1, 1]] as [number, number, number][] }));
    expect(spreadOut(toProblem({ capacity: [1], servers }), 0)).to.equal(null);
  });
});
