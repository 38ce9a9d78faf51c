import { Gauge, Histogram, type Registry } from 'prom-client';
import { outcomes } from '#shared/contracts/optimizer.js';
import type { Digest } from './answerer.js';

/** @returns what to call with each answer */
export function createSolveMetrics(registry: Registry): (answer: Digest) => void {
  const duration = new Histogram({
    name: 'inferno_optimizer_solve_duration_seconds',
    help: 'Time to size all servers and pick their allocations, by solver.',
    labelNames: ['solver'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const servers = new Gauge({
    name: 'inferno_optimizer_servers',
    help: 'Servers of the last problem, by what was decided for them.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const cards = new Gauge({
    name: 'inferno_optimizer_cards',
    help: 'Cards of the last answer by accelerator type: used, pins and holds included, and in total.',
    labelNames: ['type', 'figure'],
    registers: [registry],
  });

  return ({ solver, outcomes: counts, capacity }) => {
    duration.observe({ solver: solver.name }, solver.ms / 1000);
    for (const outcome of outcomes) servers.set({ outcome }, counts[outcome] ?? 0);
    cards.reset();
    for (const [type, { total, used }] of Object.entries(capacity)) {
      cards.set({ type, figure: 'total' }, total);
      cards.set({ type, figure: 'used' }, used);
    }
  };
}
