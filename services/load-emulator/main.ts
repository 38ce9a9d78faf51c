import { randomUUID } from 'node:crypto';
import { realClock } from '#shared/clock/real-clock.js';
import { readSettings } from '#shared/config/settings.js';
import { runService } from '#shared/http/run-service.js';
import { createKubeClient } from '#shared/kube/kube-client.js';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';
import { createLogger } from '#shared/observe/logger.js';
import { createKubeLoadStore } from './adapters/kube-load-store.js';
import { settings } from './config.js';
import { createEmulator } from './emulator.js';

await runService(() => {
  const config = readSettings(settings, process.env, process.argv.slice(2));
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
