import { expect } from 'chai';
import { aMinuteLater, contestedProblem } from '../../bench/contested-problem.js';
import { assignmentProblem, NO_CHOICE, type AssignmentProblem } from '../assign/assignment-problem.js';
import { compareObjectives, isFeasible, objectiveOf } from '../assign/objective.js';
import { solveAuto, type AutoAssignment, type WarmStart } from '../assign/solve-auto.js';
import { prepare } from '../prepare.js';
import { solveFromMemory } from './solve-from-memory.js';
import { createSolveMemory, type Distance, type SolveMemory, type Task } from './solve-memory.js';

const options = { firstTokenWithPrefill: false };
const GOOD_GAP = 1e-3;

/** The same servers minute by minute. */
function minutes(count: number): Task[] {
  let system = contestedProblem({ servers: 60, accelerators: 10, types: 6, supply: 0.7, seed: 5 }, options);
  return Array.from({ length: count }, (_, minute) => {
    const { contenders, ledger } = prepare(system, options);
    system = aMinuteLater(system, minute + 2);
    return assignmentProblem(contenders, ledger);
  });
}

/** A memory, and what was kept of each solve. */
function watched(): { memory: SolveMemory; kept: Distance[] } {
  const memory = createSolveMemory();
  const kept: Distance[] = [];
  const keep: SolveMemory['keep'] = (task, warm, distance) => {
    kept.push(distance);
    memory.keep(task, warm, distance);
  };
  return { memory: { recall: (task) => memory.recall(task), keep }, kept };
}

describe('solveFromMemory', function () {
  this.timeout(60_000);

  it('without a memory, or with an empty one, is auto', () => {
    const [task] = minutes(1) as [Task];
    const plain = solveAuto(task.problem);
    expect(solveFromMemory(task, undefined)).to.deep.equal(plain);
    expect(solveFromMemory(task, createSolveMemory())).to.deep.equal(plain);
  });

  it('minute by minute serves as many as from nothing, or is as near to what is proven as the minute before', () => {
    const { memory, kept } = watched();
    for (const [minute, task] of minutes(3).entries()) {
      const { choice, certificate } = solveFromMemory(task, memory);
      expect(isFeasible(task.problem, choice)).to.equal(true);
      const cold = solveAuto(task.problem);
      const [now, before] = [kept[minute]!, kept[minute - 1]];
      const isAsNear = before !== undefined && now.missing <= before.missing && now.gap <= Math.max(before.gap, GOOD_GAP);
      const found = objectiveOf(task.problem, choice);
      if (!isAsNear) expect(compareObjectives(found, objectiveOf(task.problem, cold.choice))).to.be.at.most(0);
      expect(found.value).to.be.at.least(certificate.leastValue - 1e-6);
    }
  });

  describe('after a solve', () => {
    const cases: {
      name: string;
      gapBefore?: number;
      astray: (cold: AutoAssignment) => Partial<AutoAssignment>;
      solves: number;
    }[] = [
      { name: 'as near: is not solved again', astray: () => ({}), solves: 1 },
      {
        name: 'who might be served is not: is solved from nothing, too',
        astray: ({ choice }) => ({ choice: choice.map(() => NO_CHOICE) }),
        solves: 2,
      },
      {
        name: 'the bound is far: is solved from nothing, too',
        astray: ({ certificate }) => ({ certificate: { ...certificate, leastValue: certificate.leastValue - 1e6 } }),
        solves: 2,
      },
      {
        name: 'the bound is far, and was before: is not solved again',
        gapBefore: Infinity,
        astray: ({ certificate }) => ({ certificate: { ...certificate, leastValue: certificate.leastValue - 1e6 } }),
        solves: 1,
      },
    ];
    for (const { name, gapBefore, astray, solves } of cases) {
      it(name, () => {
        const [task] = minutes(1) as [Task];
        const cold = solveAuto(task.problem);
        const { memory, kept } = watched();
        solveFromMemory(task, memory, () => cold);
        const [{ missing, gap }] = kept as [Distance];
        memory.keep(task, cold.warm, { missing, gap: gapBefore ?? gap });
        let solved = 0;
        const solve = (_problem: AssignmentProblem, warm?: WarmStart): AutoAssignment => {
          solved++;
          return warm === undefined ? cold : { ...cold, ...astray(cold) };
        };
        const { choice, certificate } = solveFromMemory(task, memory, solve);
        expect(solved).to.equal(solves);
        if (solves > 1) expect(certificate).to.deep.equal(cold.certificate);
        expect(choice).to.deep.equal(cold.choice);
      });
    }
  });
});
