import { expect } from 'chai';
import { withEarlierNodes } from './earlier-nodes.js';
import type { NodePlan } from './node-layout.js';

const planned: NodePlan = { name: 'a100-0', type: 'A100', cards: 8, labels: {}, resources: { 'inferno.io/A100': 8 } };

function shown(name: string, type: string) {
  return { metadata: { name, labels: { 'inferno.accelerator': type } } };
}

describe('withEarlierNodes', () => {
  it('keeps a node that lost its cards as ours, without any, so that its pods end in order', () => {
    const { plans, abandoned } = withEarlierNodes(
      [planned],
      [shown('a100-0', 'A100'), shown('a100-1', 'A100')],
      new Set(['A100']),
    );
    expect(plans.map(({ name, cards }) => [name, cards])).to.deep.equal([
      ['a100-0', 8],
      ['a100-1', 0],
    ]);
    expect(abandoned).to.deep.equal([]);
  });

  it('leaves a node of a type that vanished from the data alone', () => {
    const { plans, abandoned } = withEarlierNodes([planned], [shown('l4-0', 'L4')], new Set(['A100']));
    expect(plans).to.deep.equal([planned]);
    expect(abandoned).to.deep.equal(['l4-0']);
  });
});
