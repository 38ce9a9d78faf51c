import { createServer } from 'node:net';
import { ServiceError } from '#shared/http/service-error.js';

export interface WantedPort {
  host: string;
  port: number;
  variable: string;
  service: string;
}

/** @throws ServiceError naming every port that cannot be had, whose it would be, and why; of one that is taken the variable that changes it */
export async function assertPortsFree(wanted: readonly WantedPort[]): Promise<void> {
  const problems: string[] = [];
  for (const { host, port, variable, service } of wanted) {
    const error = port === 0 ? undefined : await whyNot(host, port);
    if (error === undefined) continue;
    const where = `port ${port} on ${host} (${service})`;
    const isTaken = error.code === 'EADDRINUSE';
    problems.push(
      isTaken ? `${where} is already in use; choose another with ${variable}` : `${where}: cannot listen there: ${error.message}`,
    );
  }
  if (problems.length > 0) throw new ServiceError('UNAVAILABLE', problems.join('\n'));
}

function whyNot(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
