import { expect } from 'chai';
import { toCsv } from './csv.js';

describe('toCsv', () => {
  it('quotes what RFC 4180 wants quoted, and nothing else', () => {
    const text = toCsv(
      ['a', 'b'],
      [
        ['plain text', 1.5],
        ['a, b', 'say "no"'],
        ['two\nlines', null],
        ['', undefined],
      ],
    );
    expect(text).to.equal('a,b\r\nplain text,1.5\r\n"a, b","say ""no"""\r\n"two\nlines",\r\n,\r\n');
  });
});
