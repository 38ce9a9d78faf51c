/** An error answered in OpenAI's shape, with the types that vLLM uses. */
export class OpenAiError extends Error {
  readonly status: number;
  readonly param: string | null;

  constructor(status: number, message: string, param: string | null = null) {
    super(message);
    this.name = 'OpenAiError';
    this.status = status;
    this.param = param;
  }

  body(): string {
    const { message, param, status } = this;
    return JSON.stringify({ error: { message, type: TYPES[status] ?? 'InternalServerError', param, code: status } });
  }
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  404: 'NotFoundError',
  405: 'MethodNotAllowedError',
  413: 'RequestEntityTooLargeError',
  503: 'ServiceUnavailableError',
};
