import { expect } from 'chai';
import { problemSize } from './problem-size.js';
import { accelerator, buildSystem, server } from './test/system-builder.js';

const system = buildSystem({
  accelerators: ['A', 'B', 'C'].map((name) => accelerator(name, 1)),
  servers: [server('s1'), server('s2')],
});
const { acceleratorData, serverData, ...others } = system;

function sizeOf(body: unknown): number {
  return problemSize({ kind: 'body', body, detail: 'all' });
}

describe('problemSize', () => {
  it('is servers × accelerators', () => {
    expect(problemSize({ kind: 'system', system, warnings: [], detail: 'all' })).to.equal(6);
    expect(sizeOf({ system })).to.equal(6);
  });

  it('finds them in whatever case the body has its keys', () => {
    const { servers } = serverData;
    expect(sizeOf({ System: { ...others, AcceleratorData: acceleratorData, SERVERDATA: { Servers: servers } } })).to.equal(6);
  });

  it('is none of a body that has no such lists', () => {
    const bodies = [undefined, null, 7, 'system', [], { system: null }, { system: { ...others, acceleratorData } }];
    for (const body of [...bodies, { system: { ...system, serverData: { servers: { length: 9 } } } }])
      expect(sizeOf(body)).to.equal(0);
  });
});
