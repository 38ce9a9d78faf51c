import { expect } from 'chai';
import { ageOf, humanDuration } from './duration.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('humanDuration', () => {
  const cases: [ms: number, text: string][] = [
    [-5 * SECOND, '<invalid>'],
    [-SECOND, '0s'],
    [0, '0s'],
    [119 * SECOND, '119s'],
    [2 * MINUTE, '2m'],
    [2 * MINUTE + 10 * SECOND, '2m10s'],
    [10 * MINUTE + 30 * SECOND, '10m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR, '3h'],
    [3 * HOUR + 5 * MINUTE, '3h5m'],
    [8 * HOUR + 59 * MINUTE, '8h'],
    [47 * HOUR, '47h'],
    [49 * HOUR, '2d1h'],
    [8 * DAY + 3 * HOUR, '8d'],
    [729 * DAY, '729d'],
    [800 * DAY, '2y70d'],
    [9 * 365 * DAY, '9y'],
  ];
  for (const [ms, text] of cases) it(`writes ${ms / SECOND} s as ${text}`, () => expect(humanDuration(ms)).to.equal(text));
});

describe('ageOf', () => {
  it('counts from a timestamp, and knows none without one', () => {
    expect(ageOf('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:01:30Z'))).to.equal('90s');
    expect(ageOf(undefined, 0)).to.equal('<unknown>');
  });
});
