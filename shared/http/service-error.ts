/** Every way in which a service refuses or fails, and the HTTP status it is answered with. */
export const errorCodes = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  INTERNAL: 500,
  /** A peer answered something that breaks its contract, or refused us. */
  PEER_FAILED: 502,
  /** A dependency is not there, or not there yet. */
  UNAVAILABLE: 503,
  PEER_TIMEOUT: 504,
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface ServiceErrorOptions {
  details?: unknown;
  cause?: unknown;
}

/** An expected failure: answered with its status, code and message. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, options: ServiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }

  get status(): number {
    return errorCodes[this.code];
  }
}
