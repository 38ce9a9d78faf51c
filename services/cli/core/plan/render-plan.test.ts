import { expect } from 'chai';
import { comparePlans, type Plan } from './compare-plans.js';
import { planCsv } from './csv.js';
import type { PlanPart, PlanRow } from './plan-rows.js';
import { renderChanges } from './render-changes.js';
import { renderPlan } from './render-plan.js';

const page = { width: Infinity, colours: false };

function part(over: Partial<PlanPart> = {}): PlanPart {
  const latencies = { itl: 30.04, ttft: 400, itlPercentile: null, ttftPercentile: null };
  return { accelerator: 'H100', numReplicas: 2, maxBatch: 64, cost: 150, ...latencies, ...over };
}

function row(over: Partial<PlanRow> = {}): PlanRow {
  return {
    server: 's1',
    class: 'Premium',
    priority: 1,
    model: 'llama',
    targets: { itl: 40, ttft: 1000, tps: 0 },
    load: { arrivalRate: 60, avgInTokens: 128, avgOutTokens: 512 },
    outcome: 'allocated',
    reason: '2 × H100 at 150 cents/hr',
    parts: [part()],
    keeps: false,
    value: 165,
    ...over,
  };
}

const kept = part({ accelerator: 'L4', numReplicas: 3, maxBatch: 0, cost: 18, itl: null, ttft: null });
const rows = [
  row(),
  row({ server: 's2', parts: [part(), part({ accelerator: 'L4', numReplicas: 1, cost: 6.5 })], value: 172.15 }),
  row({
    server: 's3',
    class: 'Free',
    priority: 3,
    outcome: 'unserved',
    reason: 'no cards',
    parts: [kept],
    keeps: true,
    value: null,
  }),
  row({ server: 's4', outcome: 'load-unknown', reason: 'no rate', load: null, parts: [], keeps: true, value: null }),
  row({
    server: 's5',
    targets: { itl: 40, ttft: 0, tps: 0, percentile: 0.999 },
    parts: [part({ itlPercentile: 39.5, ttftPercentile: 800 })],
  }),
];
const answer: Plan['answer'] = {
  solver: { name: 'auto', objective: 502.15, bound: 500, gap: 0.00412, ms: 12.3 },
  counts: [
    { priority: 1, servers: 3, served: 3, bound: 3 },
    { priority: 3, servers: 1, served: 0, bound: 0 },
  ],
  prices: { H100: 29.7 },
  summary: {
    outcomes: {},
    cards: [],
    shortages: [
      {
        server: 's3',
        priority: 3,
        accelerator: 'H100',
        type: 'H100',
        numReplicas: 1,
        needs: 2,
        left: 0,
        more: 2,
        text: 'lacks 2 H100',
      },
    ],
    relaxations: [],
    classes: [
      {
        class: 'Free',
        priority: 3,
        servers: 1,
        served: 0,
        pinned: 0,
        replicas: 0,
        cost: 0,
        kept: 18,
        share: 0.04,
        text: '0 of 1',
      },
    ],
  },
  capacity: { H100: { used: 6, total: 6 }, L4: { used: 4, total: 2 } },
  warnings: ['L4: 4 cards are held or pinned, more than the 2 there are'],
};

describe('renderPlan', () => {
  it('has a line for each part of each server, who is short and why, cards, totals and warnings', () => {
    expect(renderPlan(rows, answer, page)).to.deep.equal([
      'SERVER  CLASS    PRIO  MODEL  REQ/MIN   TOKENS  ACCEL  REPL  BATCH  ¢/H     ITL MS ≤ SLO  TTFT MS ≤ SLO  VALUE  OUTCOME',
      's1      Premium     1  llama       60  128/512  H100      2     64  150          30 ≤ 40     400 ≤ 1000    165  allocated',
      's2      Premium     1  llama       60  128/512  H100      2     64  150          30 ≤ 40     400 ≤ 1000  172.2  allocated',
      '                                                L4        1     64  6.5          30 ≤ 40     400 ≤ 1000',
      's3      Free        3  llama       60  128/512  (L4)      3      -   18           - ≤ 40       - ≤ 1000      -  unserved',
      's4      Premium     1  llama        -        -  -         -      -    -           - ≤ 40       - ≤ 1000      -  load-unknown',
      's5      Premium     1  llama       60  128/512  H100      2     64  150  p99.9 39.5 ≤ 40     400 no SLO    165  allocated',
      '',
      'Not within their targets:',
      '  s3: unserved: no cards; lacks 2 H100',
      '  s4: load-unknown: no rate',
      '',
      'CARDS  USED  TOTAL  PRICE ¢/H EACH  SERVERS SHORT',
      'H100      6      6            29.7              1',
      'L4        4      2               -              0',
      '',
      'cost    474.5 ¢/h, 18 of it for what is merely kept, in brackets',
      'served  priority 1: 3 of 4 (1 load-unknown)',
      'served  priority 3: 0 of 1 (1 unserved, no more than 0 can be)',
      'class   Free: 0 of 1',
      'solver  auto in 12 ms: objective 502.2, bound 500, gap 0.412 %',
      'warning L4: 4 cards are held or pinned, more than the 2 there are',
    ]);
  });

  it('claims no price and no proof where there is none', () => {
    const { counts, capacity, summary, warnings } = answer;
    const unproven = {
      counts,
      capacity,
      summary,
      warnings,
      solver: { ...answer.solver, name: 'greedy', bound: null, gap: null },
    };
    const lines = renderPlan([row()], unproven, page);
    expect(lines).to.include('CARDS  USED  TOTAL  SERVERS SHORT');
    expect(lines).to.include('solver  greedy in 12 ms: objective 502.2, bound -, gap not computed');
  });

  it('says in short that no targets would do: why not is a long list', () => {
    const hopeless = row({
      outcome: 'infeasible',
      reason: 'no accelerator meets the targets',
      parts: [],
      keeps: true,
      value: null,
    });
    const relaxations = [{ server: 's1', targets: null, least: null, text: 'no other targets would do: H100, L4, …' }];
    const lines = renderPlan([hopeless], { ...answer, summary: { ...answer.summary, relaxations } }, page);
    expect(lines).to.include('  s1: infeasible: no accelerator meets the targets; no other targets would do');
  });

  it('colours who is short, and cards that there are not', () => {
    const text = renderPlan(rows, answer, { ...page, colours: true }).join('\n');
    expect(text).to.contain('\u001b[31munserved\u001b[0m').and.contain('\u001b[33mload-unknown\u001b[0m');
    expect(text).to.contain('\u001b[31m   4\u001b[0m');
  });
});

describe('planCsv', () => {
  it('has a record for each part, and one for who has nothing', () => {
    const [header, ...records] = planCsv(rows).trimEnd().split('\r\n');
    expect(header?.split(',')).to.have.length(21);
    expect(records).to.deep.equal([
      's1,Premium,1,llama,60,128,512,H100,2,64,150,30.04,,40,400,,1000,,165,allocated,2 × H100 at 150 cents/hr',
      's2,Premium,1,llama,60,128,512,H100,2,64,150,30.04,,40,400,,1000,,172.2,allocated,2 × H100 at 150 cents/hr',
      's2,Premium,1,llama,60,128,512,L4,1,64,6.5,30.04,,40,400,,1000,,172.2,allocated,2 × H100 at 150 cents/hr',
      's3,Free,3,llama,60,128,512,L4,3,,18,,,40,,,1000,,,unserved,no cards',
      's4,Premium,1,llama,,,,,,,,,,40,,,1000,,,load-unknown,no rate',
      's5,Premium,1,llama,60,128,512,H100,2,64,150,30.04,39.5,40,400,800,0,0.999,165,allocated,2 × H100 at 150 cents/hr',
    ]);
  });
});

describe('comparePlans', () => {
  const base: Plan = { rows, answer };

  it('finds nothing between a plan and itself', () => {
    const changes = comparePlans(base, base);
    expect(changes.servers).to.deep.equal({});
    expect(changes.cards).to.deep.equal({});
    expect(changes.cost).to.deep.equal({ base: 474.5, whatIf: 474.5, difference: 0 });
  });

  it('takes latencies that are read the same for the same', () => {
    const nearly = rows.map((one) => (one.server === 's1' ? row({ parts: [part({ itl: 30.041 })] }) : one));
    expect(comparePlans(base, { rows: nearly, answer }).servers).to.deep.equal({});
  });

  it('says why one that changes is short now', () => {
    const short = row({ outcome: 'best-effort', reason: 'all that is left', parts: [part({ numReplicas: 1, cost: 75 })] });
    const whatIf: Plan = { rows: rows.map((one) => (one.server === 's1' ? short : one)), answer };
    const lines = renderChanges(comparePlans(base, whatIf), { base, whatIf }, page);
    expect(lines.slice(3, 6)).to.deep.equal(['', 'Not within their targets, what if:', '  s1: best-effort: all that is left']);
  });

  it('has both sides of what differs', () => {
    const served = row({ server: 's3', class: 'Free', priority: 2, parts: [part({ numReplicas: 1, cost: 75 })] });
    const whatIf: Plan = {
      rows: rows.map((one) => (one.server === 's3' ? served : one)),
      answer: {
        ...answer,
        capacity: { H100: { used: 7, total: 8 }, L4: { used: 1, total: 2 } },
        warnings: [...answer.warnings, 'another'],
      },
    };
    const changes = comparePlans(base, whatIf);
    expect(changes.servers).to.have.all.keys('s3');
    expect(changes.counts).to.deep.equal([
      { priority: 1, base: { served: 3, servers: 4 }, whatIf: { served: 3, servers: 4 } },
      { priority: 2, base: null, whatIf: { served: 1, servers: 1 } },
      { priority: 3, base: { served: 0, servers: 1 }, whatIf: null },
    ]);
    expect(renderChanges(changes, { base, whatIf }, page)).to.deep.equal([
      'Servers that change: 1 of 5',
      'SERVER  BASE ACCEL  REPL  BATCH  ¢/H  ITL MS  TTFT MS  OUTCOME   |  WHAT IF ACCEL  REPL  BATCH  ¢/H  ITL MS  TTFT MS  OUTCOME',
      's3      (L4)           3      -   18       -        -  unserved  |  H100              1     64   75      30      400  allocated',
      '',
      '                           BASE      WHAT IF  DIFFERENCE',
      'cost ¢/h                  474.5        531.5         +57',
      'served, priority 1       3 of 4       3 of 4           0',
      'served, priority 2            -       1 of 1          +1',
      'served, priority 3       0 of 1            -           0',
      'cards, H100              6 of 6       7 of 8          +1',
      'cards, L4                4 of 2       1 of 2          -3',
      'objective                 502.2        502.2           0',
      'gap                     0.412 %      0.412 %',
      'solver              auto, 12 ms  auto, 12 ms',
      'warning L4: 4 cards are held or pinned, more than the 2 there are',
      'warning another',
    ]);
  });
});
