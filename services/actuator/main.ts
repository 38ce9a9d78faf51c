import { realClock } from '#shared/clock/real-clock.js';
import { readSettings } from '#shared/config/settings.js';
import { listen } from '#shared/http/listen.js';
import { runService } from '#shared/http/run-service.js';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';
import { createLogger } from '#shared/observe/logger.js';
import { addProcessMetrics, createMetrics } from '#shared/observe/metrics.js';
import { startActuator } from './actuator.js';
import { settings } from './config.js';

await runService(async () => {
  const config = readSettings(settings, process.env, process.argv.slice(2));
  const logger = createLogger({ service: 'actuator', level: config.logLevel, format: config.logFormat });
  const registry = createMetrics('actuator');
  addProcessMetrics(registry);
  const actuator = startActuator({
    ...config,
    kubeConfig: loadKubeConfig(config.kubeconfig),
    clock: realClock,
    logger,
    registry,
  });
  const listening = await listen(actuator.app, { host: config.host, port: config.port, portVariable: settings.port.variable });
  return {
    started: `actuator listens on ${listening.url}`,
    stop: async () => {
      await listening.close();
      await actuator.stop();
    },
  };
});
