import type { KubeClient } from '#shared/kube/kube-client.js';
import { KubeError } from '#shared/kube/kube-error.js';

export interface Call {
  method: 'get' | 'create' | 'replace' | 'patch' | 'delete';
  path: string;
  body?: unknown;
}

/** An API server that notes every call and answers as the test says; what the test leaves open, answers with the body that was sent. */
export class FakeClient implements KubeClient {
  readonly calls: Call[] = [];
  /** Answers a call, or throws; undefined leaves it to the default. */
  answer: (call: Call) => unknown = () => undefined;

  get<T>(path: string): Promise<T> {
    return this.#note({ method: 'get', path });
  }

  create<T>(path: string, body: unknown): Promise<T> {
    return this.#note({ method: 'create', path, body });
  }

  replace<T>(path: string, body: unknown): Promise<T> {
    return this.#note({ method: 'replace', path, body });
  }

  patch<T>(path: string, _type: unknown, body: unknown): Promise<T> {
    return this.#note({ method: 'patch', path, body });
  }

  delete<T>(path: string, body?: unknown): Promise<T> {
    return this.#note({ method: 'delete', path, body });
  }

  close(): void {
    // Nothing is open.
  }

  made(method: Call['method'], part = ''): Call[] {
    return this.calls.filter((call) => call.method === method && call.path.includes(part));
  }

  async #note<T>(call: Call): Promise<T> {
    this.calls.push(call);
    // The answer of a server never comes in the same turn.
    await Promise.resolve();
    return (this.answer(call) ?? call.body ?? {}) as T;
  }
}

export function notFound(path: string): KubeError {
  return new KubeError(404, 'NotFound', `GET ${path}: not found`);
}

export function conflict(path: string): KubeError {
  return new KubeError(409, 'Conflict', `PUT ${path}: the object has been modified`);
}
