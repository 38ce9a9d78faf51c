import { randomUUID } from 'node:crypto';
import { realClock } from '#shared/clock/real-clock.js';
import { runService } from '#shared/http/run-service.js';
import { createKubeClient } from '#shared/kube/kube-client.js';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';
import { createLogger } from '#shared/observe/logger.js';
import { createKubeLoadStore } from './adapters/kube-load-store.js';
import { settings } from './config.js';
import { createEmulator } from './emulator.js';

const program = {
  command: 'npm run load-emulator --',
  about: 'Changes the load labels of managed Deployments step by step.',
  settings,
  env: process.env,
  argv: process.argv.slice(2),
};

await runService(program, (config) => {
  const logger = createLogger({ service: 'load-emulator', level: config.logLevel, format: config.logFormat });
  const client = createKubeClient(loadKubeConfig(config.kubeconfig));
  const seed = config.seed === '' ? randomUUID() : config.seed;
  const emulator = createEmulator({
    ...config,
    seed,
    store: createKubeLoadStore(client, config.watchNamespace),
    clock: realClock,
    logger,
    intervalMs: config.intervalSec * 1000,
  });
  emulator.start();
  return Promise.resolve({
    started: `load emulator: a step every ${config.intervalSec} s, alpha ${config.alpha}, theta ${config.theta}, seed ${seed}`,
    stop: async () => {
      await emulator.stop();
      client.close();
    },
  });
});
