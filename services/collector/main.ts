import { realClock } from '#shared/clock/real-clock.js';
import { readSettings } from '#shared/config/settings.js';
import { listen } from '#shared/http/listen.js';
import { runService } from '#shared/http/run-service.js';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';
import { createLogger } from '#shared/observe/logger.js';
import { addProcessMetrics, createMetrics } from '#shared/observe/metrics.js';
import { startCollector } from './collector.js';
import { settings } from './config.js';

await runService(async () => {
  const config = readSettings(settings, process.env, process.argv.slice(2));
  const logger = createLogger({ service: 'collector', level: config.logLevel, format: config.logFormat });
  const registry = createMetrics('collector');
  addProcessMetrics(registry);
  const collector = startCollector({
    ...config,
    kubeConfig: loadKubeConfig(config.kubeconfig),
    clock: realClock,
    logger,
    registry,
  });
  const listening = await listen(collector.app, { host: config.host, port: config.port, portVariable: settings.port.variable });
  return {
    started: `collector listens on ${listening.url}`,
    stop: async () => {
      await listening.close();
      await collector.stop();
    },
  };
});
