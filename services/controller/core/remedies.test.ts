import { expect } from 'chai';
import type { FleetSummary } from '#shared/contracts/fleet-summary.js';
import { decideOn, type Solve } from '../test/support/decide-with.js';
import { server } from '../test/support/fleet.js';
import { toySolve } from '../test/support/toy-solver.js';
import { summaryOf } from './summary.js';

describe('what would serve a server', () => {
  const fleet: FleetSummary = {
    outcomes: { unserved: 1 },
    cards: [{ type: 'A100', price: 3, lacking: 1, text: 'at the margin one more is worth 3 cents/hr; 1 server lacks some' }],
    shortages: [],
    relaxations: [],
    classes: [],
  };
  const withRemedy: Solve = (problem) => {
    const answer = toySolve(problem);
    const explained = Object.entries(answer.explanations).map(
      ([name, item]) => [name, { ...item, remedy: '2 more A100' }] as const,
    );
    return { ...answer, summary: fleet, explanations: Object.fromEntries(explained) };
  };

  it('is carried to its explanation, and what is said of the fleet to the decision', () => {
    const { explanations, servers, fleet: carried } = decideOn([server('a', { replicas: 2, rate: 60 })], {}, withRemedy);
    expect(carried).to.deep.equal(fleet);
    expect(explanations['a']!.remedy).to.equal('2 more A100');
    expect(summaryOf('a', servers['a']!, explanations['a']!, null)).to.match(/\nTo serve it in full: 2 more A100\.$/m);
  });

  it('is not spoken of where nothing is lacking, nor a fleet where nothing was solved', () => {
    const { explanations, servers } = decideOn([server('a', { replicas: 2, rate: 60 })]);
    expect(summaryOf('a', servers['a']!, explanations['a']!, null)).not.to.contain('To serve it in full');
    expect(decideOn([])).not.to.have.property('fleet');
  });
});
