import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The HTTP side of a pod: answers `/metrics` with what the test says, or fails as it says. */
export class MetricsPod {
  /** Calls of `/metrics` so far. */
  asked = 0;
  answer: (response: ServerResponse) => void = (response) => response.writeHead(404).end();
  readonly #server = createServer((_request, response) => {
    this.asked++;
    this.answer(response);
  });

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    return closed;
  }

  /** A page that is made anew at every call. */
  serve(page: () => string): void {
    this.answer = (response) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page());
  }
}
