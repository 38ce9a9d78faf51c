import { expect } from 'chai';
import type { ScheduleEntry, ServerStatus } from '#shared/contracts/loop.js';
import { collected, server } from '../test/support/fleet.js';
import { createBoundsResolver } from './scheduled-bounds.js';

describe('scheduled bounds', () => {
  const resolve = createBoundsResolver();
  const office = (overrides: Partial<ScheduleEntry> = {}): ScheduleEntry => {
    return { start: '0 9 * * 1-5', end: '0 17 * * 1-5', timeZone: 'UTC', minReplicas: 4, ...overrides };
  };

  function at(time: string, ...schedule: ScheduleEntry[]): [number | undefined, number | undefined] {
    const status: Record<string, ServerStatus> = collected([server('a', { status: { schedule } })]).status;
    const bounds = resolve(status, Date.parse(time)).get('a');
    return [bounds?.min?.replicas, bounds?.max?.replicas];
  }

  // 2026-01-05 is a Monday.
  const cases: [string, ScheduleEntry, boolean][] = [
    ['2026-01-05T08:59:59Z', office(), false],
    ['2026-01-05T09:00:00Z', office(), true],
    ['2026-01-05T16:59:59Z', office(), true],
    ['2026-01-05T17:00:00Z', office(), false],
    ['2026-01-10T12:00:00Z', office(), false],
    ['2026-01-05T13:59:59Z', office({ timeZone: 'America/New_York' }), false],
    ['2026-01-05T14:00:00Z', office({ timeZone: 'America/New_York' }), true],
    // Summer time there: an hour earlier.
    ['2026-07-06T13:00:00Z', office({ timeZone: 'America/New_York' }), true],
    ['2026-01-05T03:31:00Z', office({ timeZone: 'Asia/Kolkata' }), true],
    ['2026-01-05T03:29:00Z', office({ timeZone: 'Asia/Kolkata' }), false],
    // Over midnight, and over a weekend.
    ['2026-01-06T02:00:00Z', office({ start: '0 22 * * *', end: '0 6 * * *' }), true],
    ['2026-01-11T12:00:00Z', office({ start: '0 18 * * 5', end: '0 6 * * 1' }), true],
  ];
  for (const [time, entry, isActive] of cases) {
    it(`${entry.start} to ${entry.end} ${entry.timeZone} is ${isActive ? '' : 'not '}active at ${time}`, () => {
      expect(at(time, entry)).to.deep.equal([isActive ? 4 : undefined, undefined]);
    });
  }

  it('follows the time with one resolver, back as well as on', () => {
    const hours = ['08', '09', '16', '17', '10', '18'].map((hour) => at(`2026-01-05T${hour}:30:00Z`, office())[0]);
    expect(hours).to.deep.equal([undefined, 4, 4, undefined, 4, undefined]);
  });

  it('takes the largest minimum and the smallest maximum of those that are active', () => {
    const entries = [
      office({ minReplicas: 2, maxReplicas: 9 }),
      office({ minReplicas: 3, maxReplicas: 6 }),
      office({ start: '0 18 * * *', end: '0 20 * * *', minReplicas: 8, maxReplicas: 8 }),
    ];
    expect(at('2026-01-05T12:00:00Z', ...entries)).to.deep.equal([3, 6]);
  });
});
