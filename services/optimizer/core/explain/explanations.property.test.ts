import { expect } from 'chai';
import fc from 'fast-check';
import type { Rejection } from '#shared/contracts/optimizer.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { accelerator, buildSystem, model, server, serviceClass } from '../../test/system-builder.js';
import type { Decision } from '../conclude.js';
import { optimize } from '../optimize.js';
import { figure } from './figure.js';

const decide = (system: SystemSpec, detail?: 'all' | 'chosen' | 'none'): Decision =>
  optimize(system, { firstTokenWithPrefill: false }, detail);

const aServer = fc.record({
  class: fc.constantFrom('Premium', 'Bronze', 'Tail', 'Gone'),
  rpm: fc.oneof(fc.constant(0), fc.double({ min: 1, max: 4000, noNaN: true })),
  maxNumReplicas: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 4 }),
  keepAccelerator: fc.boolean(),
  runs: fc.record({ accelerator: fc.constantFrom('', 'fast', 'slow'), numReplicas: fc.integer({ min: 1, max: 5 }) }),
});

/** Names without digits, so that every number in a text is a figure. */
const aSystem = fc
  .record({
    servers: fc.array(aServer, { minLength: 1, maxLength: 6 }),
    itl: fc.double({ min: 5, max: 60, noNaN: true }),
    ttft: fc.double({ min: 10, max: 2000, noNaN: true }),
    costs: fc.tuple(fc.double({ min: 1, max: 90, noNaN: true }), fc.double({ min: 1, max: 90, noNaN: true })),
    cards: fc.record({ F: fc.nat(12), S: fc.nat(20) }),
    solver: fc.constantFrom('auto', 'greedy', 'unlimited'),
    saturationPolicy: fc.constantFrom('None', 'RoundRobin'),
  })
  .map(({ servers, itl, ttft, costs: [fast, slow], cards, solver, saturationPolicy }) => {
    const [tail] = serviceClass('Tail', 3, { itl, ttft }).modelTargets;
    return buildSystem({
      accelerators: [accelerator('fast', fast, { type: 'F' }), accelerator('slow', slow, { type: 'S' })],
      models: [model('llama', 'fast', 10), model('llama', 'slow', 20)],
      cards,
      classes: [
        serviceClass('Premium', 1, { itl, ttft }),
        serviceClass('Bronze', 2, { itl: 2 * itl }),
        { name: 'Tail', priority: 3, modelTargets: [{ ...tail!, 'slo-percentile': 0.9 }] },
      ],
      servers: servers.map(({ maxNumReplicas, ...rest }, index) =>
        server('abcdef'[index]!, { ...rest, ...(maxNumReplicas === undefined ? {} : { maxNumReplicas }) }),
      ),
      optimizer: { solver, saturationPolicy },
    });
  });

function numbersIn(text: string): number[] {
  return [...text.matchAll(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g)].map(([number]) => Number(number));
}

/** Every number in the data, however deep, and as it is shown. */
function numbersOf(data: unknown): number[] {
  if (typeof data === 'number') return [data, figure(data), figure(100 * data)];
  return typeof data === 'object' && data !== null ? Object.values(data).flatMap(numbersOf) : [];
}

function expectAllOf(text: string, data: unknown): void {
  const known = numbersOf(data);
  for (const number of numbersIn(text)) expect(known, `${number} in "${text}"`).to.include(number);
}

const figuresOf: Record<Rejection['code'], readonly (keyof Rejection)[]> = {
  'slo-itl': ['valueMs', 'targetMs'],
  'slo-ttft': ['valueMs', 'targetMs'],
  'bad-parameters': [],
  'no-parameters': [],
  'keep-accelerator': ['other'],
  'max-replicas': ['allowed'],
  pinned: [],
  dearer: ['dearerBy'],
  transition: ['saves', 'weighs'],
  tie: ['other'],
  capacity: ['needs', 'left', 'type'],
};

describe('explanations in words and as data', () => {
  it('say the same numbers', () => {
    fc.assert(
      fc.property(aSystem, (system) => {
        const { explanations, summary } = decide(system);
        for (const { candidates } of Object.values(explanations)) {
          for (const { rejection } of candidates) {
            if (rejection === undefined) continue;
            expect(rejection).to.include.keys(...figuresOf[rejection.code]);
            expectAllOf(rejection.text, rejection);
          }
        }
        for (const item of [...summary.cards, ...summary.shortages, ...summary.classes]) expectAllOf(item.text, item);
        for (const item of summary.relaxations) {
          expectAllOf(item.text, [item, summary.relaxations.length, explanations[item.server]!.candidates]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never call a figure too large that does not look it', () => {
    fc.assert(
      fc.property(aSystem, (system) => {
        for (const { candidates } of Object.values(decide(system).explanations)) {
          for (const { rejection } of candidates) {
            if (rejection?.valueMs !== undefined) expect(rejection.valueMs).to.be.greaterThan(rejection.targetMs!);
            if (rejection?.code === 'transition') expect(rejection.weighs!).to.be.greaterThan(rejection.saves!);
            if (rejection?.code === 'dearer') expect(rejection.dearerBy!).to.be.greaterThan(0);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('a target that is missed by a hair is not said to be missed by nothing', () => {
    const at = (itl: number): Decision => decide(buildSystem({ classes: [serviceClass('Premium', 1, { itl })] }));
    const { valueMs } = at(15).explanations['s1']!.candidates[0]!.rejection!;
    let hair = valueMs!;
    while (at(hair).explanations['s1']!.candidates[0]!.rejection?.code !== 'slo-itl') hair -= 1e-4;
    const { rejection } = at(hair).explanations['s1']!.candidates[0]!;
    expect(rejection!.valueMs).to.be.greaterThan(rejection!.targetMs!);
    expect(rejection!.text).to.equal(`slo-itl ${rejection!.valueMs} > ${rejection!.targetMs} ms`);
  });
});

describe('how much is explained', () => {
  it('chosen: the chosen candidates alone; none: nothing; and all else as with everything', () => {
    fc.assert(
      fc.property(aSystem, (system) => {
        const { explanations, ...rest } = decide(system);
        const { explanations: chosen, ...restOfChosen } = decide(system, 'chosen');
        const { explanations: none, ...restOfNone } = decide(system, 'none');
        expect(restOfChosen).to.deep.equal(rest);
        expect(restOfNone).to.deep.equal(rest);
        expect(none).to.deep.equal({});
        for (const [name, explanation] of Object.entries(explanations)) {
          const candidates = explanation.candidates.filter((item) => item.chosen);
          expect(chosen[name]).to.deep.equal({ ...explanation, candidates });
        }
      }),
      { numRuns: 100 },
    );
  });
});
