import { expect } from 'chai';
import { qosClassOf } from './qos-class.js';

type Amounts = Record<string, string>;

function spec(...resources: { limits?: Amounts; requests?: Amounts }[]) {
  return { containers: resources.map((item, index) => ({ name: `c${index}`, resources: item })) };
}

describe('qosClassOf', () => {
  const fixed = { limits: { cpu: '1', memory: '1Gi' } };
  const cases = [
    ['nothing named', spec({}), 'BestEffort'],
    ['cards alone', spec({ limits: { 'inferno.io/A100': '1' } }), 'BestEffort'],
    ['limits without requests', spec(fixed), 'Guaranteed'],
    ['requests equal to limits', spec({ ...fixed, requests: { cpu: '1', memory: '1Gi' } }), 'Guaranteed'],
    ['requests below limits', spec({ ...fixed, requests: { cpu: '500m' } }), 'Burstable'],
    ['one container without', spec(fixed, {}), 'Burstable'],
  ] as const;
  for (const [name, podSpec, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      expect(qosClassOf(podSpec)).to.equal(expected);
    });
  }
});
