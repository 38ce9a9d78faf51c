import { expect } from 'chai';
import { ServiceError } from '#shared/http/service-error.js';
import { formatLine, parseLogQuery, selectLines } from './log-query.js';

const NOW_MS = 100_000;
const lines = [10_000, 50_000, 90_000].map((atMs, index) => ({ atMs, text: `line ${index}` }));

function texts(query: Record<string, string>): string[] {
  return selectLines(lines, parseLogQuery(query, NOW_MS)).map(({ text }) => text);
}

describe('parseLogQuery and selectLines', () => {
  const cases: [string, Record<string, string>, string[]][] = [
    ['everything', {}, ['line 0', 'line 1', 'line 2']],
    ['the last two', { tailLines: '2' }, ['line 1', 'line 2']],
    ['none', { tailLines: '0' }, []],
    ['more than there are', { tailLines: '99' }, ['line 0', 'line 1', 'line 2']],
    ['of the last 50 s', { sinceSeconds: '50' }, ['line 1', 'line 2']],
    ['since a time', { sinceTime: '1970-01-01T00:01:00Z' }, ['line 2']],
    ['the last one of the last 50 s', { sinceSeconds: '50', tailLines: '1' }, ['line 2']],
  ];
  for (const [name, query, expected] of cases) {
    it(name, () => {
      expect(texts(query)).to.deep.equal(expected);
    });
  }

  const bad: [Record<string, string>, RegExp][] = [
    [{ tailLines: '-1' }, /tailLines: "-1": must be an integer of at least 0/],
    [{ tailLines: 'ten' }, /tailLines: "ten"/],
    [{ sinceSeconds: '0' }, /sinceSeconds: "0": must be an integer of at least 1/],
    [{ limitBytes: '1.5' }, /limitBytes: "1.5"/],
    [{ follow: 'maybe' }, /follow: "maybe": must be true or false/],
    [{ sinceTime: 'yesterday' }, /sinceTime: "yesterday"/],
    [{ sinceTime: '1970-01-01T00:01:00Z', sinceSeconds: '5' }, /at most one/],
  ];
  for (const [query, message] of bad) {
    it(`refuses ${JSON.stringify(query)}`, () => {
      expect(() => parseLogQuery(query, NOW_MS)).to.throw(ServiceError, message);
    });
  }
});

describe('formatLine', () => {
  it('puts the time first when asked', () => {
    const line = { atMs: 0, text: 'hello' };
    expect(formatLine(line, true)).to.equal('1970-01-01T00:00:00.000Z hello\n');
    expect(formatLine(line, false)).to.equal('hello\n');
  });
});
