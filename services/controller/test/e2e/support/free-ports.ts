import { createServer, type AddressInfo } from 'node:net';

export const portVariables = [
  'LOCAL_CLUSTER_PORT',
  'CONTROLLER_PORT',
  'COLLECTOR_PORT',
  'INFERNO_PORT',
  'ACTUATOR_PORT',
] as const;

/** A free port for each service of a loop. */
export async function freePorts(): Promise<Record<string, number>> {
  // All held open until the last is found, so that none is handed out twice.
  const servers = await Promise.all(
    portVariables.map(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer();
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(portVariables.map((name, index) => [name, ports[index] ?? 0]));
}
