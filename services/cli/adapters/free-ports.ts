import { createServer } from 'node:net';
import { ServiceError } from '#shared/http/service-error.js';

export interface WantedPort {
  host: string;
  port: number;
  variable: string;
  service: string;
}

/** @throws ServiceError naming every port that is taken, whose it would be, and the variable that changes it */
export async function assertPortsFree(wanted: readonly WantedPort[]): Promise<void> {
  const taken: string[] = [];
  for (const { host, port, variable, service } of wanted) {
    if (port !== 0 && !(await isFree(host, port)))
      taken.push(`port ${port} on ${host} (${service}) is already in use; choose another with ${variable}`);
  }
  if (taken.length > 0) throw new ServiceError('UNAVAILABLE', taken.join('\n'));
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
