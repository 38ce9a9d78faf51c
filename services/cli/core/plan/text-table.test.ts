import { expect } from 'chai';
import { painter } from '../painting.js';
import { textTable, type TextColumn } from './text-table.js';

const columns: readonly TextColumn<{ name: string; count: number }>[] = [
  { title: 'NAME', align: 'left', cell: ({ name }) => name, style: () => 'bold' },
  { title: 'COUNT', align: 'right', cell: ({ count }) => String(count) },
];
const rows = [
  { name: 'a', count: 1000000 },
  { name: 'longer', count: 2 },
];

describe('textTable', () => {
  it('makes each column as wide as its widest cell', () => {
    expect(textTable(columns, rows, Infinity, painter(false))).to.deep.equal([
      'NAME      COUNT',
      'a       1000000',
      'longer        2',
    ]);
  });

  it('cuts what is wider than the terminal, colours aside', () => {
    expect(textTable(columns, rows, 11, painter(false))).to.deep.equal(['NAME      …', 'a       10…', 'longer    …']);
    const [, line] = textTable(columns, rows, 11, painter(true));
    expect(line).to.equal('\u001b[1ma     \u001b[0m  10…');
  });

  it('lets no name tear the table or speak to the terminal', () => {
    const [, line] = textTable(columns, [{ name: 'a\nb\u001b[2J', count: 1 }], Infinity, painter(false));
    expect(line).to.equal('a\uFFFDb\uFFFD[2J      1');
  });

  it('leaves no blanks at the end of a line', () => {
    const [title, line] = textTable([{ title: '', align: 'right', cell: () => '' }], [rows], Infinity, painter(false));
    expect([title, line]).to.deep.equal(['', '']);
  });
});
