import { expect } from 'chai';
import { ContractError } from '#shared/contracts/contract-error.js';
import { optimizeOneRequestSchema } from '#shared/contracts/optimizer.js';
import { parseContract, type Parsed } from '#shared/contracts/parse-contract.js';
import type { SystemData } from '#shared/contracts/system-data.js';
import { createProblemReader } from './read-problem.js';
import { buildSystem, server } from './test/system-builder.js';

/** As it comes from the wire: nothing in it is shared with another body. */
function body(change: (system: Record<string, unknown>) => void = () => undefined): { system: Record<string, unknown> } {
  const system = JSON.parse(JSON.stringify(buildSystem({ servers: [server('s1')] }))) as Record<string, unknown>;
  change(system);
  return { system };
}

function outcomeOf(read: () => Parsed<SystemData>): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof ContractError) return error.message;
    throw error;
  }
}

describe('createProblemReader', () => {
  const bodies: { name: string; sent: unknown }[] = [
    { name: 'the same again', sent: body() },
    { name: 'another server', sent: body((system) => (system['serverData'] = { servers: [server('s2')] })) },
    { name: 'a bad server', sent: body((system) => (system['serverData'] = { servers: [{ name: 's1', model: 7 }] })) },
    { name: 'no servers', sent: body((system) => delete system['serverData']) },
    { name: 'other cards', sent: body((system) => (system['capacityData'] = { count: [{ type: 'A100', count: 1 }] })) },
    { name: 'bad cards', sent: body((system) => (system['capacityData'] = { count: [{ type: 'A100', count: -1 }] })) },
    { name: 'no models', sent: body((system) => delete system['modelData']) },
    { name: 'a part twice, in two cases', sent: body((system) => (system['MODELDATA'] = { models: [] })) },
    {
      name: 'a part in another case',
      sent: body((system) => {
        system['ModelData'] = system['modelData'];
        delete system['modelData'];
      }),
    },
    { name: 'an unknown key in a part', sent: body((system) => Object.assign(system['modelData'] as object, { of: 'mine' })) },
    { name: 'an unknown key beside the parts', sent: body((system) => (system['note'] = 'mine')) },
    { name: 'an unknown key beside the system', sent: { ...body(), note: 'mine' } },
    { name: 'nothing', sent: undefined },
    { name: 'a list for the system', sent: { system: [] } },
  ];
  for (const { name, sent } of bodies) {
    it(`reads ${name} after any body as if it were the first`, () => {
      const expected = outcomeOf(() => parseContract(optimizeOneRequestSchema, structuredClone(sent), 'body'));
      for (const before of bodies) {
        const read = createProblemReader();
        outcomeOf(() => read(body()));
        outcomeOf(() => read(structuredClone(before.sent)));
        for (let turn = 1; turn <= 2; turn++) {
          expect(
            outcomeOf(() => read(structuredClone(sent))),
            `after ${before.name}`,
          ).to.deep.equal(expected);
        }
      }
    });
  }
});
