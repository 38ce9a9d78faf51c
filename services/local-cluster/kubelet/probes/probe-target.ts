import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { PodAddress } from '../addresses/address-book.js';
import type { Container, HttpGetAction, Probe } from '../kube-types.js';

/** What one probe found. */
export interface ProbeResult {
  succeeded: boolean;
  /** In the kubelet's words, for the Unhealthy event. */
  message: string;
}

const PASSED: ProbeResult = { succeeded: true, message: '' };

/**
 * Probes a container once at its pod's address. `exec` and `grpc` pass: there is no process behind a simulated container to run a
 * command in or to speak gRPC to. Never throws: whatever goes wrong is a failed probe.
 */
export async function probeOnce(
  probe: Probe,
  container: Container,
  address: PodAddress,
  timeoutMs: number,
): Promise<ProbeResult> {
  if (probe.httpGet !== undefined) return httpGet(probe.httpGet, container, address, timeoutMs);
  if (probe.tcpSocket === undefined) return PASSED;
  const port = portNumber(probe.tcpSocket.port, container);
  if (port === undefined) return unknownPort(probe.tcpSocket.port, container);
  return tcpConnect(probe.tcpSocket.host ?? address.ip, address.portOf(port), timeoutMs);
}

/** One GET as a probe or a lifecycle hook makes it: any status from 200 to 399 is a success, redirects are not followed. */
export function httpGet(
  action: HttpGetAction,
  container: Container,
  address: PodAddress,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<ProbeResult> {
  const port = portNumber(action.port, container);
  if (port === undefined) return Promise.resolve(unknownPort(action.port, container));
  const options: https.RequestOptions = {
    host: action.host ?? address.ip,
    port: address.portOf(port),
    path: action.path ?? '/',
    headers: {
      'user-agent': 'kube-probe/1.34',
      accept: '*/*',
      connection: 'close',
      ...Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value])),
    },
    agent: false,
    rejectUnauthorized: false,
    ...(signal === undefined ? {} : { signal }),
  };
  const send = action.scheme === 'HTTPS' ? https.request : http.request;
  const url = `${action.scheme === 'HTTPS' ? 'https' : 'http'}://${options.host}:${options.port}${options.path}`;
  return new Promise((resolve) => {
    let request: http.ClientRequest | undefined;
    const deadline = setTimeout(() => {
      finish({ succeeded: false, message: `Get "${url}": no answer within ${timeoutMs} ms` });
    }, timeoutMs);
    const finish = (result: ProbeResult): void => {
      clearTimeout(deadline);
      request?.destroy();
      resolve(result);
    };
    try {
      request = send(options, ({ statusCode = 0 }) => {
        const ok = statusCode >= 200 && statusCode < 400;
        finish(ok ? PASSED : { succeeded: false, message: `HTTP probe failed with statuscode: ${statusCode}` });
      });
    } catch (error) {
      // A path or header that cannot be sent at all.
      finish({ succeeded: false, message: `Get "${url}": ${(error as Error).message}` });
      return;
    }
    request.on('error', (error) => finish({ succeeded: false, message: `Get "${url}": ${error.message}` }));
    request.end();
  });
}

function tcpConnect(host: string, port: number, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const finish = (result: ProbeResult): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(result);
    };
    const deadline = setTimeout(() => {
      finish({ succeeded: false, message: `dial tcp ${host}:${port}: no answer within ${timeoutMs} ms` });
    }, timeoutMs);
    socket.once('connect', () => finish(PASSED));
    socket.on('error', (error) => finish({ succeeded: false, message: `dial tcp ${host}:${port}: ${error.message}` }));
  });
}

/** A probe names its port by number or by the name that the container gives it. */
function portNumber(port: unknown, container: Container): number | undefined {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port);
  if (named !== undefined) return named.containerPort;
  const parsed = Number(port);
  return Number.isInteger(parsed) && parsed > 0 && parsed <= 65_535 ? parsed : undefined;
}

function unknownPort(port: unknown, container: Container): ProbeResult {
  return { succeeded: false, message: `container ${container.name} has no port named ${JSON.stringify(port)}` };
}
