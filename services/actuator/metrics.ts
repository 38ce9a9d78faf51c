import { Counter, type Registry } from 'prom-client';
import type { UpdateResponse } from '#shared/contracts/loop.js';

/** Counts the results of updates by status. */
export function createUpdateMetrics(registry: Registry): (answer: UpdateResponse) => void {
  const results = new Counter({
    name: 'inferno_actuator_results_total',
    help: 'Servers named in updates, by what became of it.',
    labelNames: ['status'],
    registers: [registry],
  });
  return ({ results: byServer }) => {
    for (const { status } of Object.values(byServer)) results.inc({ status });
  };
}
