import { realClock } from '#shared/clock/real-clock.js';
import { listen } from '#shared/http/listen.js';
import { runService } from '#shared/http/run-service.js';
import { createLogger } from '#shared/observe/logger.js';
import { addProcessMetrics, createMetrics } from '#shared/observe/metrics.js';
import { settings } from './config.js';
import { createController } from './controller.js';

const program = {
  command: 'npm run controller --',
  about: 'Runs the control cycles: collect, decide, actuate.',
  settings,
  env: process.env,
  argv: process.argv.slice(2),
};

await runService(program, async (config) => {
  const logger = createLogger({ service: 'controller', level: config.logLevel, format: config.logFormat });
  const registry = createMetrics('controller');
  addProcessMetrics(registry);
  const controller = await createController({
    ...config,
    collectorUrl: urlOf(config.collectorHost, config.collectorPort),
    optimizerUrl: urlOf(config.optimizerHost, config.optimizerPort),
    actuatorUrl: urlOf(config.actuatorHost, config.actuatorPort),
    clock: realClock,
    logger,
    registry,
  });
  const { host, port } = config;
  const listening = await listen(controller.app, { host, port, portVariable: settings.port.variable });
  controller.start();
  return {
    started: `controller listens on ${listening.url}`,
    stop: async () => {
      await controller.stop();
      await listening.close();
    },
  };
});

/** A service that listens on every address is reached on this machine's own. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host;
  const isBareIpv6 = reachable.includes(':') && !reachable.startsWith('[');
  return `http://${isBareIpv6 ? `[${reachable}]` : reachable}:${port}`;
}
