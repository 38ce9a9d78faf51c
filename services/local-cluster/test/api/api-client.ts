import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';

interface Kubeconfig {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
  users: [{ user: { token: string } }];
}

export interface ApiAnswer {
  code: number;
  headers: IncomingMessage['headers'];
  text: string;
  /** Undefined when the answer is not JSON. */
  body: Record<string, unknown> | undefined;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** Leaves the token away. */
  anonymous?: true;
}

/** Plain HTTPS against an API server, with the certificate and token of its kubeconfig: what client libraries hide is in sight. */
export class ApiClient {
  readonly #server: string;
  readonly #ca: Buffer;
  readonly #token: string;

  constructor(kubeconfigPath: string) {
    const config = parse(readFileSync(kubeconfigPath, 'utf8')) as Kubeconfig;
    this.#server = config.clusters[0].cluster.server;
    this.#ca = Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64');
    this.#token = config.users[0].user.token;
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<ApiAnswer> {
    const response = await this.open(method, path, options);
    const answer = await text(response);
    const isJson = response.headers['content-type']?.startsWith('application/json') === true;
    const body = isJson ? (JSON.parse(answer) as Record<string, unknown>) : undefined;
    return { code: response.statusCode ?? 0, headers: response.headers, text: answer, body };
  }

  /** The answer as it begins; destroying it ends the connection. */
  open(method: string, path: string, { body, headers = {}, anonymous }: CallOptions = {}): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        this.#server + path,
        {
          method,
          ca: this.#ca,
          agent: false,
          headers: {
            ...(anonymous === true ? {} : { authorization: `Bearer ${this.#token}` }),
            'content-type': 'application/json',
            ...headers,
          },
        },
        resolve,
      );
      request.on('error', reject);
      const bytes = Buffer.from(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body));
      // Node leaves the length of a DELETE's body to the caller.
      request.setHeader('content-length', bytes.length);
      request.end(bytes);
    });
  }

  async watch(path: string): Promise<WatchReader> {
    return new WatchReader(await this.open('GET', path));
  }
}

export interface WatchLine {
  type: string;
  object: Record<string, unknown> & { metadata: Record<string, unknown> };
}

/** Reads a watch line by line. */
export class WatchReader {
  readonly #response: IncomingMessage;
  readonly #lines: AsyncGenerator<WatchLine, undefined>;

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.#lines = readLines(response);
  }

  /** The next event; undefined when the server has ended the watch. */
  async next(): Promise<WatchLine | undefined> {
    const step = await this.#lines.next();
    return step.done === true ? undefined : step.value;
  }

  /** The next events, as `TYPE name`. */
  async take(count: number): Promise<string[]> {
    const seen: string[] = [];
    while (seen.length < count) {
      const line = await this.next();
      seen.push(line === undefined ? 'end' : `${line.type} ${String(line.object.metadata['name'])}`);
    }
    return seen;
  }

  close(): void {
    this.#response.destroy();
  }
}

async function* readLines(response: IncomingMessage): AsyncGenerator<WatchLine, undefined> {
  let rest = '';
  for await (const chunk of response) {
    rest += String(chunk);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as WatchLine;
  }
  return undefined;
}
