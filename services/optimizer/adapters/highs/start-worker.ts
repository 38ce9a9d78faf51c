import { Worker } from 'node:worker_threads';

/** The thread that runs HiGHS; loads it on its own time. */
export function startHighsWorker(): Worker {
  const entry = new URL('./highs-worker.js', import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return new Worker(entry);
  // Run from source. A loader that the process was started with does not reach into its threads: this one brings it along.
  const source = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}); });`;
  return new Worker(source, { eval: true });
}
