import type { Logger } from '#shared/observe/logger.js';
import type { Digest } from './answerer.js';
import { figure } from './core/explain/figure.js';

const SIGNIFICANT_DIGITS = 3;

/** A line for the answer, its figures as people read them, after one for each of its warnings. */
export function logAnswer(logger: Logger, { servers, solver, warnings }: Digest): void {
  for (const warning of warnings) logger.warn(warning);
  const { name, objective, bound, gap, ms } = solver;
  logger.info('solved', {
    servers,
    solver: name,
    objective: figure(objective),
    bound: bound === null ? null : figure(bound),
    gap: gap === null ? null : Number(gap.toPrecision(SIGNIFICANT_DIGITS)),
    ms: figure(ms),
  });
}
