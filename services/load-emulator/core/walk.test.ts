import { expect } from 'chai';
import fc from 'fast-check';
import { annotations, labels } from '#shared/kube/names.js';
import type { ObjectMeta } from '#shared/kube/wire.js';
import { observeLoad, type Load } from './load-figures.js';
import { standardNormal } from './standard-normal.js';
import { planStep, stepLoad, type WalkOptions } from './walk.js';

const options: WalkOptions = { alpha: 0.5, theta: 0.2, seed: 'seed' };
const declared = { [labels.rpm]: '60', [labels.inTokens]: '128', [labels.outTokens]: '512' };

/** What the API server makes of a patch of the metadata. */
function after(metadata: ObjectMeta, step: number, given = options): ObjectMeta {
  const patch = planStep(metadata, 'server', step, given)!;
  return {
    labels: { ...metadata.labels, ...patch.metadata.labels },
    annotations: { ...metadata.annotations, ...patch.metadata.annotations },
  };
}

function walk(start: ObjectMeta, steps: number, given = options): Load[] {
  const seen: Load[] = [];
  let metadata = start;
  for (let step = 0; step < steps; step++) {
    metadata = after(metadata, step, given);
    seen.push(observeLoad(metadata)!.current);
  }
  return seen;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

describe('standardNormal', () => {
  const draws = Array.from({ length: 20_000 }, (_, step) => standardNormal('seed', 'server', step, 'rpm'));

  it('has mean 0, deviation 1 and the tails of a normal distribution', () => {
    expect(mean(draws)).to.be.closeTo(0, 0.03);
    expect(deviation(draws)).to.be.closeTo(1, 0.03);
    expect(draws.filter((draw) => Math.abs(draw) > 1.96).length / draws.length).to.be.closeTo(0.05, 0.01);
  });

  it('is independent from step to step, from server to server and from figure to figure', () => {
    const others = [
      draws.slice(1),
      draws.map((_, step) => standardNormal('seed', 'serves', step, 'rpm')),
      draws.map((_, step) => standardNormal('seed', 'server', step, 'rpn')),
      draws.map((_, step) => standardNormal('seee', 'server', step, 'rpm')),
    ];
    for (const other of others) expect(mean(other.map((draw, index) => draw * draws[index]!))).to.be.closeTo(0, 0.03);
  });
});

describe('stepLoad', () => {
  it('adds noise in proportion to the original load, whatever the load is now', () => {
    const observed = { current: { rpm: 120 }, nominal: {}, original: { rpm: 60 } };
    const steps = Array.from({ length: 5000 }, (_, step) => stepLoad(observed, 's', step, { ...options, alpha: 0.2 }).rpm!);
    expect(mean(steps)).to.be.closeTo(120, 1);
    expect(deviation(steps)).to.be.closeTo(0.2 * 60, 0.5);
  });

  it('goes back to the nominal load where one is named', () => {
    const observed = { current: { rpm: 200 }, nominal: { rpm: 100 }, original: { rpm: 10 } };
    const steps = Array.from({ length: 5000 }, (_, step) => stepLoad(observed, 's', step, { ...options, alpha: 0.1 }).rpm!);
    expect(mean(steps)).to.be.closeTo(200 - 0.2 * 100, 1);
    expect(deviation(steps)).to.be.closeTo(0.1 * 100, 0.5);
  });

  it('stays within the ranges, in whole numbers, for every load', () => {
    const load = fc.record({ rpm: fc.double({ min: 0, max: 1e9, noNaN: true }), numtokens: fc.nat(1e6) });
    fc.assert(
      fc.property(load, fc.string(), fc.nat(), (current, server, step) => {
        const next = stepLoad({ current, nominal: {}, original: current }, server, step, options);
        expect(next.rpm).to.satisfy(Number.isInteger).and.be.within(6, 240);
        expect(next.numtokens).to.satisfy(Number.isInteger).and.be.within(100, 10_000);
        expect(Object.keys(next)).to.deep.equal(['rpm', 'numtokens']);
      }),
    );
  });
});

describe('planStep', () => {
  it('repeats exactly with the same seed, and not with another', () => {
    const once = walk({ labels: declared }, 20);
    expect(walk({ labels: declared }, 20)).to.deep.equal(once);
    expect(walk({ labels: declared }, 20, { ...options, seed: 'other' })).not.to.deep.equal(once);
  });

  it('keeps the load from before the first step, so that a restart goes on from it', () => {
    const first = after({ labels: declared }, 0);
    expect(JSON.parse(first.annotations![annotations.originalLoad]!)).to.deep.equal({ rpm: 60, intokens: 128, outtokens: 512 });
    const later = after(after(first, 1), 0);
    expect(later.annotations![annotations.originalLoad]).to.equal(first.annotations![annotations.originalLoad]);
  });

  it('writes back the token labels that it found', () => {
    const older = planStep({ labels: { [labels.rpm]: '60', [labels.numTokens]: '512' } }, 's', 0, options)!;
    expect(older.metadata.labels).to.have.all.keys(labels.rpm, labels.numTokens);
    const both = planStep({ labels: declared }, 's', 0, options)!;
    expect(both.metadata.labels).to.have.all.keys(labels.rpm, labels.inTokens, labels.outTokens);
  });

  it('writes a value back to the annotation where it stood', () => {
    const { metadata } = planStep({ labels: declared, annotations: { [labels.rpm]: '200' } }, 's', 0, options)!;
    expect(metadata.labels).not.to.have.property(labels.rpm);
    expect(metadata.annotations).to.have.property(labels.rpm);
  });

  it('leaves a Deployment alone that declares no load', () => {
    expect(planStep({ labels: { app: 'x' } }, 's', 0, options)).to.equal(undefined);
    expect(planStep(undefined, 's', 0, options)).to.equal(undefined);
  });

  for (const value of ['many', '', 'NaN', '-1', 'Infinity']) {
    it(`refuses to walk from ${JSON.stringify(value)}, naming it`, () => {
      const bad = { labels: { ...declared, [labels.outTokens]: value } };
      expect(() => planStep(bad, 's', 0, options)).to.throw(`${labels.outTokens}: ${JSON.stringify(value)}: must be a number`);
    });
  }

  for (const noted of ['{"rpm":', '[]', '{"rpm":"x","intokens":null}', '7']) {
    it(`goes on from what it finds where the original load cannot be read: ${noted}`, () => {
      const metadata = { labels: declared, annotations: { [annotations.originalLoad]: noted } };
      expect(observeLoad(metadata)!.original).to.deep.equal({ rpm: 60, intokens: 128, outtokens: 512 });
    });
  }
});
