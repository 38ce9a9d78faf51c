import { expect } from 'chai';
import fc from 'fast-check';
import { ContractError } from '#shared/contracts/contract-error.js';
import { acceleratorDataSchema, capacityDataSchema, modelDataSchema } from '#shared/contracts/system-data.js';
import { planNodes } from './node-layout.js';

const accelerators = acceleratorDataSchema.parse({
  accelerators: [
    { name: 'A100', type: 'A100', cost: 40 },
    { name: '4xA100', type: 'A100', multiplicity: 4, cost: 160 },
    { name: 'H100', type: 'H100', cost: 60, resource: { name: 'nvidia.com/gpu', count: 1 }, nodeSelector: { pool: 'hopper' } },
  ],
});
const models = modelDataSchema.parse({
  models: [
    { name: 'small', acc: 'A100' },
    { name: 'large', acc: '4xA100', accCount: 3 },
  ],
});

function plan(count: { type: string; count: number }[], nodesPerType?: number) {
  const capacity = capacityDataSchema.parse({ count });
  return planNodes({ accelerators, capacity, models, ...(nodesPerType === undefined ? {} : { nodesPerType }) });
}

describe('planNodes', () => {
  const cases: [string, number, number | undefined, number[]][] = [
    ['no cards: no node', 0, undefined, []],
    ['a few cards: one node', 5, undefined, [5]],
    ['three machines of 8', 20, undefined, [8, 8, 4]],
    ['1024 cards on few nodes', 1024, undefined, [256, 256, 256, 256]],
    ['the last node takes the rest', 100, undefined, [32, 32, 32, 4]],
    ['one node, when asked', 100, 1, [100]],
  ];
  for (const [name, count, nodesPerType, expected] of cases) {
    it(name, () => {
      const nodes = plan([{ type: 'H100', count }], nodesPerType);
      expect(nodes.map(({ cards }) => cards)).to.deep.equal(expected);
    });
  }

  it('makes a node at least as large as the largest replica: 3 × 4xA100 are 12 cards, two machines', () => {
    expect(plan([{ type: 'A100', count: 40 }]).map(({ cards }) => cards)).to.deep.equal([16, 16, 8]);
  });

  it('loses no card and keeps to the number of nodes, whatever the count', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.integer({ min: 1, max: 40 }), (count, nodesPerType) => {
        const nodes = plan([{ type: 'A100', count }], nodesPerType);
        expect(nodes.reduce((sum, { cards }) => sum + cards, 0)).to.equal(count);
        expect(nodes.length).to.be.at.most(nodesPerType);
        expect(nodes.every(({ cards }) => cards > 0)).to.equal(true);
      }),
    );
  });

  it('labels a node by type, and counts the cards as the resource of the type', () => {
    const [node] = plan([{ type: 'A100', count: 8 }]);
    expect(node).to.include({ name: 'a100-0', type: 'A100' });
    expect(node?.labels).to.deep.equal({ 'inferno.accelerator': 'A100' });
    expect(node?.resources).to.deep.equal({ 'inferno.io/A100': 8 });
  });

  it('adds the resource and the node labels that the accelerator data name', () => {
    const [node] = plan([{ type: 'H100', count: 8 }]);
    expect(node?.labels).to.deep.equal({ pool: 'hopper', 'inferno.accelerator': 'H100' });
    expect(node?.resources).to.deep.equal({ 'inferno.io/H100': 8, 'nvidia.com/gpu': 8 });
  });

  it('gives types that differ in case alone nodes of different names', () => {
    const names = plan([
      { type: 'G2', count: 8 },
      { type: 'g2', count: 8 },
    ]).map(({ name }) => name);
    expect(new Set(names).size).to.equal(2);
  });

  it('refuses a type that can be no label value, naming file, key and value', () => {
    expect(() => plan([{ type: 'H100 SXM!', count: 8 }])).to.throw(
      ContractError,
      /capacity-data\.json: count\[0\]\.type: "H100 SXM!"/,
    );
  });
});
