/** An answer of the API server that is no success: its HTTP status and, from the Status body, reason and message. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** 0: no answer at all (refused, reset, timed out). */
  readonly status: number;
  /** For example `NotFound`, `Conflict`, `AlreadyExists`, `Invalid`; `Unreachable` and `Timeout` where there was no answer. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.reason = reason;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404;
}

/** The object changed since it was read. (A create of what is there already is a 409 as well, with another reason.) */
export function isConflict(error: unknown): boolean {
  return error instanceof KubeError && error.status === 409 && error.reason !== 'AlreadyExists';
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof KubeError && error.reason === 'AlreadyExists';
}
