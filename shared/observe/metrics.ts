import { collectDefaultMetrics, Registry } from 'prom-client';

/** One registry per service: no global state, so that several services can live in one process in the tests. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  return registry;
}

/** Adds Node's own figures (memory, event loop); once per process, in a composition root. */
export function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
}
