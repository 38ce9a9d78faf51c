import { Worker, type WorkerOptions } from 'node:worker_threads';

/** A thread that runs a module of this program, which is named as it is when built. */
export function startThread(entry: URL, options: Pick<WorkerOptions, 'workerData' | 'resourceLimits'> = {}): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(entry, options);
  // Run from source. A loader that the process was started with does not reach into its threads: this one brings it along.
  const source = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}); });`;
  return new Worker(source, { ...options, eval: true });
}
