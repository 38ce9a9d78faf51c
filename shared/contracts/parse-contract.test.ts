import { expect } from 'chai';
import { ContractError } from '#shared/contracts/contract-error.js';
import { parseContract, parseContractText } from '#shared/contracts/parse-contract.js';
import {
  acceleratorDataSchema,
  capacityDataSchema,
  modelDataSchema,
  optimizerDataSchema,
  serverDataSchema,
  serviceClassDataSchema,
} from '#shared/contracts/system-data.js';

function issueLines(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof ContractError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('parseContract', () => {
  const cases = [
    { name: 'a negative count', raw: { count: [{ type: 'H100', count: -1 }] }, says: 'c.json: count[0].count: -1: must be >= 0' },
    {
      name: 'a NaN-like string',
      raw: { count: [{ type: 'H100', count: 'NaN' }] },
      says: 'c.json: count[0].count: "NaN": must be a finite number',
    },
    {
      name: 'NaN itself',
      raw: { count: [{ type: 'H100', count: Number.NaN }] },
      says: 'c.json: count[0].count: NaN: must be a finite number',
    },
    {
      name: 'a fraction of a card',
      raw: { count: [{ type: 'H100', count: 1.5 }] },
      says: 'c.json: count[0].count: 1.5: must be a whole number',
    },
    {
      name: 'an absent key',
      raw: { count: [{ type: 'H100' }] },
      says: 'c.json: count[0].count: absent: must be a finite number',
    },
    {
      name: 'an empty name',
      raw: { count: [{ type: '', count: 1 }] },
      says: 'c.json: count[0].type: "": must be of length >= 1',
    },
    { name: 'a list for an object', raw: [], says: 'c.json: []: must be an object' },
    {
      name: 'a duplicate',
      raw: {
        count: [
          { type: 'H100', count: 1 },
          { type: 'L4', count: 1 },
          { type: 'H100', count: 2 },
        ],
      },
      says: 'c.json: count[2].type: "H100": duplicate accelerator type "H100", first at index 0',
    },
  ];
  for (const { name, raw, says } of cases) {
    it(`names file, path, value and range of ${name}`, () => {
      expect(issueLines(() => parseContract(capacityDataSchema, raw, 'c.json'))).to.deep.equal([says]);
    });
  }

  it('lists every issue, not only the first', () => {
    const raw = { serviceClasses: [{ name: 'Gold', priority: 0, modelTargets: [{ model: 'm', 'slo-itl': -2 }] }] };
    expect(issueLines(() => parseContract(serviceClassDataSchema, raw, 's.json'))).to.deep.equal([
      's.json: serviceClasses[0].priority: 0: must be >= 1 and <= 100',
      's.json: serviceClasses[0].modelTargets[0].slo-itl: -2: must be >= 0',
    ]);
  });

  it('matches known keys without regard to case', () => {
    const raw = { Optimizer: { MILPsolver: true, SaturationPolicy: 'RoundRobin' } };
    const { value, warnings } = parseContract(optimizerDataSchema, raw, 'o.json');
    expect(value.optimizer).to.include({ milpSolver: true, saturationPolicy: 'RoundRobin', unlimited: false });
    expect(warnings).to.deep.equal([]);
  });

  it('takes as the resource of a card only what a pod can ask for', () => {
    const issues = (resource: string) => {
      const accelerators = [{ name: 'x', type: 'x', cost: 1, resource: { name: resource, count: 1 } }];
      return issueLines(() => parseContract(acceleratorDataSchema, { accelerators }, 'a.json'));
    };
    for (const right of ['nvidia.com/gpu', 'nvidia.com/mig-1g.5gb', 'inferno.io/4xA100'])
      expect(issues(right), right).to.deep.equal([]);
    for (const wrong of ['bad name!', 'gpu', 'nvidia.com/', '/gpu', `a/${'b'.repeat(64)}`]) {
      expect(issues(wrong).join(), wrong).to.match(
        /^a\.json: accelerators\[0\]\.resource\.name: .*must be the name of an extended/,
      );
    }
  });

  it('warns of an unknown key, naming its path, and goes on without it', () => {
    const raw = { accelerators: [{ name: 'L4', type: 'L4', cost: 6, colour: 'green' }] };
    const { value, warnings } = parseContract(acceleratorDataSchema, raw, 'a.json');
    expect(value.accelerators[0]).to.deep.equal({ name: 'L4', type: 'L4', multiplicity: 1, cost: 6 });
    expect(warnings).to.deep.equal(['a.json: accelerators[0].colour: unknown key, ignored']);
  });

  it('lets the exact spelling win where a key stands twice in two cases', () => {
    const { value, warnings } = parseContract(capacityDataSchema, { count: [{ type: 'L4', Count: 7, count: 3 }] }, 'c.json');
    expect(value.count[0]?.count).to.equal(3);
    expect(warnings).to.deep.equal(['c.json: count[0].Count: given twice, "count" wins']);
  });

  it('lets the last spelling win where none is exact', () => {
    const { value, warnings } = parseContract(capacityDataSchema, { count: [{ type: 'L4', Count: 7, COUNT: 3 }] }, 'c.json');
    expect(value.count[0]?.count).to.equal(3);
    expect(warnings).to.deep.equal(['c.json: count[0].Count: given twice, "COUNT" wins']);
  });

  it('reads the older avgLength as output tokens, and keeps an absent rate absent', () => {
    const raw = { servers: [{ name: 's', model: 'm', currentAlloc: { load: { avgLength: 512 } } }] };
    const { value } = parseContract(serverDataSchema, raw, 's.json');
    expect(value.servers[0]?.class).to.equal('Free');
    expect(value.servers[0]?.currentAlloc?.load).to.deep.equal({ avgOutTokens: 512 });
  });

  it('refuses bounds that cross', () => {
    const raw = { servers: [{ name: 's', model: 'm', minNumReplicas: 4, maxNumReplicas: 2 }] };
    expect(issueLines(() => parseContract(serverDataSchema, raw, 's.json'))).to.deep.equal([
      's.json: servers[0].maxNumReplicas: 2: must be at least minNumReplicas (4)',
    ]);
  });

  it('accepts both parameter families and takes the names of models per accelerator', () => {
    const raw = {
      models: [
        { name: 'm', acc: 'A', perfParms: { alpha: 1, beta: 2, gamma: 3 } },
        { name: 'm', acc: 'B', decodeParms: { alpha: 1, beta: 2 }, prefillParms: { gamma: 3, delta: 4 } },
      ],
    };
    expect(parseContract(modelDataSchema, raw, 'm.json').value.models).to.have.length(2);
  });
});

describe('parseContractText', () => {
  it('says that a file is empty', () => {
    expect(issueLines(() => parseContractText(capacityDataSchema, ' \n', 'c.json'))).to.deep.equal([
      'c.json: is empty; expected a JSON object',
    ]);
  });

  it('takes a file that an editor began with a byte order mark', () => {
    const { value } = parseContractText(capacityDataSchema, '\uFEFF{"count": []}', 'c.json');
    expect(value).to.deep.equal({ count: [] });
  });

  it('says that a file is not JSON, in one line', () => {
    expect(issueLines(() => parseContractText(capacityDataSchema, '{"count":\n\n}\n', 'c.json'))).to.have.length(1);
    expect(issueLines(() => parseContractText(capacityDataSchema, '{"count": [', 'c.json'))[0]).to.match(
      /^c\.json: is not JSON: /,
    );
  });
});
