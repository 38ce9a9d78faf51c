import { expect } from 'chai';
import fc from 'fast-check';
import { formatQuantity, isWholeQuantity, parseQuantity } from './quantity.js';

function canonical(text: string): string | undefined {
  const quantity = parseQuantity(text);
  return quantity === undefined ? undefined : formatQuantity(quantity);
}

describe('quantities', () => {
  const spellings: [given: string, stored: string][] = [
    ['1', '1'],
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['+2', '2'],
    ['-1.5', '-1500m'],
    ['0', '0'],
    ['0Gi', '0'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['512', '512'],
    ['1000', '1k'],
    ['1e3', '1e3'],
    ['1500e3', '1500e3'],
    ['100E', '100E'],
    ['1Ki', '1Ki'],
    ['1000Ki', '1000Ki'],
    ['0.0000000001', '1n'],
    ['12345678901234567890', '12345678901234567890'],
  ];
  for (const [given, stored] of spellings) {
    it(`stores ${given} as ${stored}`, () => expect(canonical(given)).to.equal(stored));
  }

  for (const text of ['', 'x', '1x', '1 Gi', '--1', '1e', '1Gi2', '1,5', 'NaN', 'Infinity', '1e99999999']) {
    it(`does not take ${JSON.stringify(text)} for one`, () => expect(parseQuantity(text)).to.equal(undefined));
  }

  it('keep their amount under their canonical spelling', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 999 }), suffix, (whole, part, unit) => {
        const given = parseQuantity(`${whole}.${part}${unit}`)!;
        expect(parseQuantity(formatQuantity(given))!.nanos).to.equal(given.nanos);
        expect(canonical(formatQuantity(given))).to.equal(formatQuantity(given));
      }),
    );
  });

  it('tell whole amounts from fractions', () => {
    expect(isWholeQuantity(parseQuantity('2')!)).to.equal(true);
    expect(isWholeQuantity(parseQuantity('500m')!)).to.equal(false);
  });
});
