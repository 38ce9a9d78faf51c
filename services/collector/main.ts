import { realClock } from '#shared/clock/real-clock.js';
import { listen } from '#shared/http/listen.js';
import { runService } from '#shared/http/run-service.js';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';
import { createLogger } from '#shared/observe/logger.js';
import { addProcessMetrics, createMetrics } from '#shared/observe/metrics.js';
import { startCollector } from './collector.js';
import { settings } from './config.js';

const program = {
  command: 'npm run collector --',
  about: 'Tells what is true in the cluster: managed servers, their load, latencies, pods and cards.',
  settings,
  env: process.env,
  argv: process.argv.slice(2),
};

await runService(program, async (config) => {
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
