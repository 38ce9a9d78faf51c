import { expect } from 'chai';
import { silentLogger } from '#shared/observe/logger.js';
import type { Digest } from './answerer.js';
import { logAnswer } from './log-answer.js';

function logged(digest: Partial<Digest>): unknown[] {
  const lines: unknown[] = [];
  const logger = {
    ...silentLogger,
    info: (message: string, fields?: unknown): unknown => lines.push([message, fields]),
    warn: (message: string): unknown => lines.push(message),
  };
  const solver = {
    name: 'auto',
    objective: 26_945.600_000_000_002,
    bound: 26_000.123,
    gap: 0.001_441_77,
    ms: 153.832_910_000_001,
  };
  logAnswer(logger, { solver, servers: 27, capacity: {}, outcomes: {}, warnings: [], ...digest });
  return lines;
}

describe('logAnswer', () => {
  it('writes its figures as people read them', () => {
    const figures = { objective: 26_945.6, bound: 26_000.1, gap: 0.001_44, ms: 153.8 };
    expect(logged({})).to.deep.equal([['solved', { servers: 27, solver: 'auto', ...figures }]]);
  });

  it('keeps what is not computed apart from zero', () => {
    const solver = { name: 'greedy', objective: 0, bound: null, gap: null, ms: 0.000_4 };
    const figures = { objective: 0, bound: null, gap: null, ms: 0 };
    expect(logged({ solver })).to.deep.equal([['solved', { servers: 27, solver: 'greedy', ...figures }]]);
  });

  it('warns first', () => {
    expect(logged({ warnings: ['a', 'b'] }).slice(0, 2)).to.deep.equal(['a', 'b']);
  });
});
