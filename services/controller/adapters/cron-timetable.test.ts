import { expect } from 'chai';
import { readSettings } from '#shared/config/settings.js';
import { settings } from '../config.js';
import { cronTimetable } from './cron-timetable.js';

describe('cronTimetable', () => {
  const at = (text: string): number => new Date(text).getTime();

  const cases: readonly [expression: string, after: string, next: string][] = [
    ['*/15 * * * * *', '2026-01-01T00:00:00', '2026-01-01T00:00:15'],
    ['*/15 * * * * *', '2026-01-01T23:59:50', '2026-01-02T00:00:00'],
    ['*/5 * * * *', '2026-01-01T00:00:00', '2026-01-01T00:05:00'],
    ['*/5 * * * *', '2026-01-01T00:04:59', '2026-01-01T00:05:00'],
    ['30 8 * * 1-5', '2026-01-02T09:00:00', '2026-01-05T08:30:00'],
    ['0 0 1 * *', '2026-01-31T12:00:00', '2026-02-01T00:00:00'],
    ['0 12 29 2 *', '2026-01-01T00:00:00', '2028-02-29T12:00:00'],
  ];
  for (const [expression, after, next] of cases) {
    it(`${expression} after ${after} is ${next}`, () => {
      expect(cronTimetable(expression)(at(after))).to.equal(at(next));
    });
  }
});

describe('settings of the controller', () => {
  const failure = (env: Record<string, string>, argv: string[] = []): string => {
    try {
      readSettings(settings, env, argv);
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };

  it('takes period and mode from the arguments over the environment', () => {
    const env = { INFERNO_CONTROL_PERIOD: '30', INFERNO_CONTROL_DYNAMIC: 'false' };
    expect(readSettings(settings, env, ['0', 'true'])).to.include({ periodSec: 0, dynamic: true });
    expect(readSettings(settings, env)).to.include({ periodSec: 30, dynamic: false });
    expect(readSettings(settings, {})).to.include({ periodSec: 60, dynamic: false });
  });

  it('names a bad period, mode and cron expression with value and range', () => {
    expect(failure({}, ['-1'])).to.equal(
      'arguments: argument 1 (INFERNO_CONTROL_PERIOD): "-1": must be a number from 0 to 86400',
    );
    expect(failure({ INFERNO_CONTROL_DYNAMIC: 'maybe' })).to.contain('INFERNO_CONTROL_DYNAMIC: "maybe": must be true or false');
    for (const expression of ['every minute', '61 * * * *', '* * *', '0 0 31 2 *']) {
      expect(failure({ INFERNO_CONTROL_SCHEDULE: expression })).to.contain(
        `INFERNO_CONTROL_SCHEDULE: ${JSON.stringify(expression)}: must be a cron expression of five or six fields`,
      );
    }
  });
});
