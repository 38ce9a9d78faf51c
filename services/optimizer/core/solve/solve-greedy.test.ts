import { expect } from 'chai';
import fc from 'fast-check';
import type { OptimizerSpec } from '#shared/contracts/system-data.js';
import type { Candidate } from '../candidates/candidate.js';
import { NO_PARAMETERS } from '../sizing/placement.js';
import { createCardLedger } from './card-ledger.js';
import type { Contender } from './problem.js';
import { solveGreedy } from './solve-greedy.js';

interface Way {
  on: string;
  replicas: number;
  value: number;
  cardsPerReplica?: number;
}

function candidate({ on, replicas, value, cardsPerReplica = 1 }: Way): Candidate {
  return {
    placement: {
      index: 0,
      accelerator: on,
      type: on,
      cardsPerReplica,
      costPerReplica: 1,
      maxBatchSize: 8,
      atTokens: 0,
      parameters: NO_PARAMETERS,
    },
    replica: { maxBatch: 8, slots: 8, terms: null, ratePerMs: null },
    demand: { offeredPerMs: 1, standbyReplicas: 0 },
    numReplicas: replicas,
    neededReplicas: replicas,
    value,
  };
}

function contender(name: string, priority: number, ways: Way[], over: Partial<Contender> = {}): Contender {
  return { name, priority, eligible: ways.map(candidate), minNumReplicas: 0, held: null, ...over };
}

function solve(contenders: Contender[], cards: Record<string, number>, options: Partial<OptimizerSpec> = {}) {
  const ledger = createCardLedger(new Map(Object.entries(cards)));
  const spec = { saturationPolicy: 'None' as const, delayedBestEffort: false, ...options };
  const { grants, refusals } = solveGreedy(contenders, ledger, spec);
  const given = Object.fromEntries(
    [...grants].map(([name, grant]) => [name, `${grant.numReplicas} ${grant.candidate.placement.accelerator}`]),
  );
  return { given, grants, refusals, ledger };
}

describe('solveGreedy', () => {
  it('serves the higher priority first, however little it regrets', () => {
    const ways = [
      { on: 'A', replicas: 4, value: 10 },
      { on: 'B', replicas: 4, value: 11 },
    ];
    const urgent = contender('urgent', 2, [ways[0]!, { on: 'B', replicas: 4, value: 500 }]);
    expect(solve([urgent, contender('first', 1, ways)], { A: 4, B: 4 }).given).to.deep.equal({ first: '4 A', urgent: '4 B' });
  });

  it('gives the cards to who would regret the fall-back most', () => {
    const mild = contender('mild', 1, [
      { on: 'A', replicas: 4, value: 10 },
      { on: 'B', replicas: 4, value: 12 },
    ]);
    const sore = contender('sore', 1, [
      { on: 'A', replicas: 4, value: 10 },
      { on: 'B', replicas: 4, value: 90 },
    ]);
    expect(solve([mild, sore], { A: 4, B: 4 }).given).to.deep.equal({ sore: '4 A', mild: '4 B' });
  });

  it('lets who has no other candidate go before all others of its priority', () => {
    const flexible = contender('flexible', 1, [
      { on: 'A', replicas: 4, value: 1 },
      { on: 'B', replicas: 4, value: 1000 },
    ]);
    const tied = contender('tied', 1, [{ on: 'A', replicas: 4, value: 5 }]);
    expect(solve([flexible, tied], { A: 4, B: 4 }).given).to.deep.equal({ tied: '4 A', flexible: '4 B' });
  });

  it('prefers the greater value at equal regret, then the earlier name', () => {
    const small = contender('a', 1, [{ on: 'A', replicas: 1, value: 1 }]);
    const large = contender('b', 1, [{ on: 'A', replicas: 1, value: 2 }]);
    const same = contender('c', 1, [{ on: 'A', replicas: 1, value: 2 }]);
    expect(solve([small, same, large], { A: 1 }).given).to.deep.equal({ b: '1 A' });
    expect(solve([small, same, large], { A: 2 }).given).to.deep.equal({ b: '1 A', c: '1 A' });
  });

  it('remembers what was refused, and how much was left', () => {
    const { given, refusals } = solve(
      [
        contender('s', 1, [
          { on: 'A', replicas: 3, value: 1, cardsPerReplica: 4 },
          { on: 'B', replicas: 1, value: 2 },
        ]),
      ],
      { A: 11, B: 1 },
    );
    expect(given).to.deep.equal({ s: '1 B' });
    expect(refusals.get('s')?.get('A')).to.deep.equal({ asked: 12, left: 11 });
  });
});

describe('saturation policies', () => {
  const two = (priority: number, name: string, replicas: number): Contender =>
    contender(name, priority, [{ on: 'A', replicas, value: replicas }]);
  // 1 needs 8 and 6 of A, 2 needs 9: none has room in full among 5.
  const crowd = [two(1, 'p1-x', 8), two(1, 'p1-y', 6), two(2, 'p2', 9)];

  it('None leaves them with nothing', () => {
    expect(solve(crowd, { A: 5 }).given).to.deep.equal({});
  });

  it('PriorityExhaustive fills one after the other', () => {
    expect(solve(crowd, { A: 5 }, { saturationPolicy: 'PriorityExhaustive' }).given).to.deep.equal({ 'p1-x': '5 A' });
  });

  it('PriorityRoundRobin takes turns within a priority', () => {
    expect(solve(crowd, { A: 5 }, { saturationPolicy: 'PriorityRoundRobin' }).given).to.deep.equal({
      'p1-x': '3 A',
      'p1-y': '2 A',
    });
  });

  it('RoundRobin takes turns within a priority when each is settled in turn', () => {
    expect(solve(crowd, { A: 5 }, { saturationPolicy: 'RoundRobin' }).given).to.deep.equal({ 'p1-x': '3 A', 'p1-y': '2 A' });
  });

  it('RoundRobin takes turns over all when delayed', () => {
    const delayed = { saturationPolicy: 'RoundRobin', delayedBestEffort: true } as const;
    expect(solve(crowd, { A: 5 }, delayed).given).to.deep.equal({ 'p1-x': '2 A', 'p1-y': '2 A', p2: '1 A' });
  });

  it('delayed best effort comes after lower priorities that fit in full', () => {
    const fits = two(2, 'p2-fits', 4);
    const policy = { saturationPolicy: 'PriorityExhaustive' } as const;
    expect(solve([two(1, 'p1', 8), fits], { A: 5 }, policy).given).to.deep.equal({ p1: '5 A' });
    expect(solve([two(1, 'p1', 8), fits], { A: 5 }, { ...policy, delayedBestEffort: true }).given).to.deep.equal({
      'p2-fits': '4 A',
      p1: '1 A',
    });
  });

  it('takes the best candidate with room for a replica, and marks it as best effort', () => {
    const s = contender('s', 1, [
      { on: 'A', replicas: 2, value: 1, cardsPerReplica: 8 },
      { on: 'B', replicas: 6, value: 2 },
    ]);
    const { given, grants, ledger } = solve([s], { A: 7, B: 4 }, { saturationPolicy: 'PriorityExhaustive' });
    expect(given).to.deep.equal({ s: '4 B' });
    expect(grants.get('s')).to.include({ bestEffort: true });
    expect(ledger.used('B')).to.equal(4);
  });

  it('shares as one replica after the other would, whatever their types and cards', () => {
    const way = fc.record({
      on: fc.constantFrom('A', 'B'),
      replicas: fc.integer({ min: 1, max: 60 }),
      cardsPerReplica: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(way, { minLength: 1, maxLength: 6 }), fc.nat(90), fc.nat(90), (ways, A, B) => {
        const crowded = ways.map((item, index) => contender(`s${index}`, 1, [{ ...item, value: 1 }]));
        const { grants, ledger } = solve(crowded, { A, B }, { saturationPolicy: 'RoundRobin' });
        const shared = crowded.filter(({ name, eligible }) => grants.get(name)?.numReplicas !== eligible[0]!.numReplicas);
        // Who is served in full went first; what is left of the cards is shared one by one.
        const left: Record<string, number> = { A, B };
        for (const { name, eligible } of crowded) {
          const grant = grants.get(name);
          if (grant === undefined || grant.bestEffort) continue;
          left[eligible[0]!.placement.type]! -= grant.numReplicas * eligible[0]!.placement.cardsPerReplica;
        }
        const expected = new Map<string, number>();
        for (let progress = true; progress;) {
          progress = false;
          for (const { name, eligible } of shared) {
            const { placement, numReplicas } = eligible[0]!;
            const given = expected.get(name) ?? 0;
            if (given >= numReplicas || left[placement.type]! < placement.cardsPerReplica) continue;
            left[placement.type]! -= placement.cardsPerReplica;
            expected.set(name, given + 1);
            progress = true;
          }
        }
        for (const { name } of shared) expect(grants.get(name)?.numReplicas, name).to.equal(expected.get(name));
        expect({ A: ledger.left('A'), B: ledger.left('B') }).to.deep.equal(left);
      }),
      { numRuns: 500 },
    );
  });

  it('gives no fewer than the minimum, else nothing', () => {
    const s = [contender('s', 1, [{ on: 'A', replicas: 9, value: 1 }], { minNumReplicas: 3 })];
    for (const saturationPolicy of ['PriorityExhaustive', 'PriorityRoundRobin', 'RoundRobin'] as const) {
      expect(solve(s, { A: 2 }, { saturationPolicy }).given).to.deep.equal({});
      expect(solve(s, { A: 4 }, { saturationPolicy }).given).to.deep.equal({ s: '4 A' });
    }
  });

  it('settles a billion replicas at once', () => {
    const many = [two(1, 'x', 1e9), two(1, 'y', 1e9)];
    expect(solve(many, { A: 999_999_999 }, { saturationPolicy: 'RoundRobin' }).given).to.deep.equal({
      x: '500000000 A',
      y: '499999999 A',
    });
  });

  it('keeps the cards of who gets nothing and runs on', () => {
    const stays = contender('stays', 1, [{ on: 'A', replicas: 9, value: 1 }], { held: { type: 'A', count: 3 } });
    const lower = two(2, 'lower', 2);
    expect(solve([stays, lower], { A: 4 }).given).to.deep.equal({});
    expect(solve([stays, lower], { A: 5 }).given).to.deep.equal({ lower: '2 A' });
    expect(solve([stays, lower], { A: 5 }).ledger.used('A')).to.equal(5);
  });
});
