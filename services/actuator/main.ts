import { realClock } from '#shared/clock/real-clock.js';
import { listen } from '#shared/http/listen.js';
import { runService } from '#shared/http/run-service.js';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';
import { createLogger } from '#shared/observe/logger.js';
import { addProcessMetrics, createMetrics } from '#shared/observe/metrics.js';
import { startActuator } from './actuator.js';
import { settings } from './config.js';

const program = {
  command: 'npm run actuator --',
  about: 'Makes what was decided so, Deployment by Deployment.',
  settings,
  env: process.env,
  argv: process.argv.slice(2),
};

await runService(program, async (config) => {
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
