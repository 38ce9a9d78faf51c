import { realClock } from '#shared/clock/real-clock.js';
import { listen } from '#shared/http/listen.js';
import { runService } from '#shared/http/run-service.js';
import { createLogger } from '#shared/observe/logger.js';
import { addProcessMetrics, createMetrics } from '#shared/observe/metrics.js';
import { createExactSolver } from './adapters/highs/exact-solver.js';
import { createSolverThread } from './adapters/solver-thread/solver-thread.js';
import { createApp } from './app.js';
import { optimizerOptions, settings } from './config.js';

const program = {
  command: 'npm run optimizer --',
  about: 'Answers what a fleet needs: accelerator, replicas and max batch of each server.',
  settings,
  env: process.env,
  argv: process.argv.slice(2),
};

await runService(program, async (config) => {
  const { milpTimeLimitSec, milpGap, stateful, apiToken } = config;
  const logger = createLogger({ service: 'optimizer', level: config.logLevel, format: config.logFormat });
  const registry = createMetrics('optimizer');
  addProcessMetrics(registry);
  const options = optimizerOptions(config);
  const exact = { timeLimitMs: milpTimeLimitSec * 1000, relativeGap: milpGap };
  const exactSolver = createExactSolver({ ...exact, clock: realClock });
  const solverThread = createSolverThread({ options, exact });
  const app = createApp({
    options,
    elapsedMs: () => performance.now(),
    logger,
    registry,
    exactSolver,
    large: { answer: solverThread.answer },
    ...(stateful ? { stateful: { apiToken } } : {}),
  });
  const listening = await listen(app, { host: config.host, port: config.port, portVariable: settings.port.variable });
  const stop = async (): Promise<void> => {
    await listening.close();
    await Promise.all([exactSolver.close(), solverThread.close()]);
  };
  const mode = stateful ? '; stateful: the system begins empty, is kept in memory and lost when this process ends' : '';
  return { started: `optimizer listens on ${listening.url}${mode}`, stop };
});
