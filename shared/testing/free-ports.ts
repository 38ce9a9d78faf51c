import { createServer, type AddressInfo } from 'node:net';

/** So many different TCP ports of loopback that are free now, for programs that cannot choose one themselves. */
export async function freePorts(count: number): Promise<number[]> {
  // All held open until the last is found, so that none is handed out twice.
  const servers = await Promise.all(Array.from({ length: count }, () => listenAnywhere()));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listenAnywhere(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
