import { expect } from 'chai';
import { closestName } from './closest-name.js';

describe('closestName', () => {
  const known = ['Premium-llama_7b', 'Bronze-llama_7b', 'H100', 'A100'];
  const cases: [given: string, meant: string | undefined][] = [
    ['Premium-lama_7b', 'Premium-llama_7b'],
    ['premium-llama_7B', 'Premium-llama_7b'],
    ['Bronce-llama_7b', 'Bronze-llama_7b'],
    ['H10', 'H100'],
    ['', undefined],
    ['something else', undefined],
  ];
  for (const [given, meant] of cases) {
    it(`"${given}" means ${meant ?? 'none of them'}`, () => expect(closestName(given, known)).to.equal(meant));
  }

  it('is none of none', () => expect(closestName('x', [])).to.equal(undefined));
});
