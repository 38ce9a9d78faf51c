/** What a clock on a wall shows, in the machine's time zone or another one. */
export interface WallClock {
  dateOf(atMs: number): { year: number; month: number; day: number };
  /** When it shows this; days beyond the end of a month count on into the next. Month 0 is January. */
  at(year: number, month: number, day: number, hour: number, minute: number, second: number): Date;
}

export const localWallClock: WallClock = {
  dateOf: (atMs) => {
    const at = new Date(atMs);
    return { year: at.getFullYear(), month: at.getMonth(), day: at.getDate() };
  },
  at: (...shown) => new Date(...shown),
};

/** @throws RangeError when there is no such time zone */
export function wallClockIn(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  /** What it shows, read as if it were UTC. */
  const shownAt = (atMs: number): Date => {
    const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    return new Date(Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')));
  };
  const offsetAt = (atMs: number): number => shownAt(atMs).getTime() - Math.floor(atMs / 1000) * 1000;
  return {
    dateOf: (atMs) => {
      const shown = shownAt(atMs);
      return { year: shown.getUTCFullYear(), month: shown.getUTCMonth(), day: shown.getUTCDate() };
    },
    at: (...shown) => {
      const asUtcMs = Date.UTC(...shown);
      // The offset there is not known before the time is; the second guess is right but for an hour that does not exist.
      const guessMs = asUtcMs - offsetAt(asUtcMs);
      return new Date(asUtcMs - offsetAt(guessMs));
    },
  };
}
