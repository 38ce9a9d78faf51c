import { expect } from 'chai';
import fc from 'fast-check';
import { exhaustive } from '../../../test/exhaustive.js';
import { contestedProblems } from '../../../test/random-problem.js';
import { relax } from './relaxation.js';
import { choicesOfStage, type Stage } from './stage.js';

describe('a stage without its capacities', () => {
  const prices = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 90, noNaN: true })), { minLength: 3, maxLength: 3 });

  it('costs no more than the best there is, whatever the prices', () => {
    fc.assert(
      fc.property(contestedProblems, prices, (problem, list) => {
        const best = exhaustive(problem);
        const priced = Float64Array.from(list.slice(0, problem.capacity.length));
        const stages: [Stage, number][] = best.served.map((served, level) => [
          { goal: 'served', counts: best.served.slice(0, level) },
          -served,
        ]);
        for (const [stage, cost] of [...stages, [{ goal: 'value', counts: best.served }, best.value] as [Stage, number]]) {
          const { bound, excess, excessOfNone } = relax(problem, stage, choicesOfStage(problem, stage), priced);
          expect(bound).to.be.at.most(cost + 1e-9);
          for (const above of [...excess, ...excessOfNone]) expect(above).to.be.at.least(0);
        }
      }),
      { numRuns: 150 },
    );
  });
});
