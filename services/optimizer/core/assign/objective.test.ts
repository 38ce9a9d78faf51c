import { expect } from 'chai';
import type { Candidate } from '../candidates/candidate.js';
import { NO_PARAMETERS } from '../sizing/placement.js';
import { createCardLedger } from '../solve/card-ledger.js';
import type { Contender } from '../solve/problem.js';
import { assignmentProblem, NO_CHOICE } from './assignment-problem.js';
import { cardsLeft, compareObjectives, isFeasible, objectiveOf } from './objective.js';

interface Way {
  on: string;
  replicas: number;
  value: number;
  needed?: number;
}

function candidate({ on, replicas, value, needed = replicas }: Way): Candidate {
  const placement = { index: 0, accelerator: on, type: on, cardsPerReplica: 2, costPerReplica: 1, maxBatchSize: 8, atTokens: 0 };
  return {
    placement: { ...placement, parameters: NO_PARAMETERS },
    replica: { maxBatch: 8, slots: 8, terms: null, ratePerMs: null },
    demand: { offeredPerMs: 1, standbyReplicas: 0 },
    numReplicas: replicas,
    neededReplicas: needed,
    value,
  };
}

function contender(name: string, priority: number, ways: Way[]): Contender {
  return { name, priority, eligible: ways.map(candidate), minNumReplicas: 0, held: null };
}

const ledger = createCardLedger(
  new Map([
    ['A', 6],
    ['B', 4],
  ]),
);
const b = contender('b', 7, [{ on: 'B', replicas: 2, value: -3 }]);
const a = contender('a', 2, [
  { on: 'A', replicas: 3, value: 5 },
  { on: 'B', replicas: 2, value: 8 },
]);

describe('an assignment problem', () => {
  it('is the same whatever the order of the servers', () => {
    expect(assignmentProblem([a, b], ledger)).to.deep.equal(assignmentProblem([b, a], ledger));
  });

  it('has the highest priority as level 0, and the cards that the ledger has left', () => {
    const { problem, index } = assignmentProblem([b, a], ledger);
    expect(index.priorities).to.deep.equal([2, 7]);
    expect([...problem.levelOf]).to.deep.equal([0, 1]);
    expect([...problem.serversAtLevel]).to.deep.equal([1, 1]);
    expect([...problem.firstChoice]).to.deep.equal([0, 2, 3]);
    expect([...problem.capacity]).to.deep.equal([6, 4]);
    expect([...problem.cardsOf]).to.deep.equal([6, 4, 4]);
  });

  it('where a maximum cuts all candidates of a server offers those nearest to its need', () => {
    const cut = contender('cut', 1, [
      { on: 'A', replicas: 3, needed: 4, value: 9 },
      { on: 'B', replicas: 3, needed: 6, value: 1 },
    ]);
    const { index } = assignmentProblem([cut], ledger);
    expect(index.candidates.map(({ placement }) => placement.accelerator)).to.deep.equal(['A']);
  });
});

describe('the objective', () => {
  const { problem } = assignmentProblem([a, b], ledger);

  it('counts who gets a choice by level, and adds up the values', () => {
    expect(objectiveOf(problem, Int32Array.of(0, 2))).to.deep.equal({ served: [1, 1], value: 2 });
    expect(objectiveOf(problem, Int32Array.of(NO_CHOICE, 2))).to.deep.equal({ served: [0, 1], value: -3 });
  });

  it('puts a server of a higher level before any number of lower ones, and servers before value', () => {
    expect(compareObjectives({ served: [1, 0], value: 900 }, { served: [0, 5], value: -900 })).to.be.below(0);
    expect(compareObjectives({ served: [1, 4], value: 0 }, { served: [1, 5], value: 900 })).to.be.above(0);
    expect(compareObjectives({ served: [1, 5], value: 1 }, { served: [1, 5], value: 2 })).to.be.below(0);
    expect(compareObjectives({ served: [1, 5], value: 1 }, { served: [1, 5], value: 1.01 }, 0.1)).to.equal(0);
  });

  it('tells an assignment that takes more cards than there are, or a choice of another server', () => {
    expect([...cardsLeft(problem, Int32Array.of(1, 2))]).to.deep.equal([6, -4]);
    expect(isFeasible(problem, Int32Array.of(1, 2))).to.equal(false);
    expect(isFeasible(problem, Int32Array.of(2, NO_CHOICE))).to.equal(false);
    expect(isFeasible(problem, Int32Array.of(0, 2))).to.equal(true);
  });
});
