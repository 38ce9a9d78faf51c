import { resolve } from 'node:path';
import { makeFolder } from '#shared/config/folders.js';
import { runService } from '#shared/http/run-service.js';
import { createLogger } from '#shared/observe/logger.js';
import { parseRooms, settings } from './config.js';
import { startLocalCluster } from './local-cluster.js';

const program = {
  command: 'npm run local-cluster --',
  about: 'The embedded cluster: a Kubernetes API with simulated model servers.',
  settings,
  env: process.env,
  argv: process.argv.slice(2),
};

await runService(program, async (config) => {
  const { kubeconfig, dataPath, port, fresh } = config;
  const logger = createLogger({ service: 'local-cluster', level: config.logLevel, format: config.logFormat });
  const wanted = parseRooms(config.rooms) ?? new Set();
  const dataDir = resolve(config.dataDir);
  if (wanted.has('api')) makeFolder(settings.dataDir, dataDir);
  const options = { kubeconfig, dataPath, port, fresh, rooms: wanted, logger, dataDir };
  const cluster = await startLocalCluster(options);
  const hint = wanted.has('api') ? `\nexport KUBECONFIG=${shellPath(cluster.kubeconfigPath)}` : '';
  return { started: `local-cluster (${[...wanted].join(', ')}) works on ${cluster.url}${hint}`, stop: () => cluster.close() };
});

/** The path as a shell takes it. */
function shellPath(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
