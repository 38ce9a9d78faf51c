import { expect } from 'chai';
import { pauseChanges } from './pause-view.js';

describe('pauseChanges', () => {
  const none = { all: false, servers: [] };
  const all = { all: true, servers: [] };
  const a = { all: false, servers: ['a'] };

  const cases: [name: string, before: typeof a | undefined, after: typeof a, lines: string[]][] = [
    ['nothing paused at the first look', undefined, none, []],
    ['all paused at the first look', undefined, all, ['PAUSED all servers']],
    ['one paused at the first look', undefined, a, ['PAUSED a']],
    ['paused', none, all, ['PAUSED all servers']],
    ['still paused', all, all, []],
    ['resumed', all, none, ['RESUMED all servers']],
    ['one server paused, another resumed', a, { all: false, servers: ['b'] }, ['PAUSED b', 'RESUMED a']],
    ['resumed but for one', { all: true, servers: ['a'] }, a, ['RESUMED all servers', 'still PAUSED a']],
    ['resumed and one paused', all, a, ['RESUMED all servers', 'PAUSED a']],
    ['many at once', none, { all: false, servers: ['a', 'b', 'c', 'd', 'e', 'f'] }, ['PAUSED a, b, c, d and 2 more']],
  ];
  for (const [name, before, after, lines] of cases) {
    it(`tells ${name}`, () => {
      expect(pauseChanges(after, before)).to.deep.equal(lines);
    });
  }
});
