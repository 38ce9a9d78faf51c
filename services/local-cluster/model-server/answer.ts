import type { GenerationRequest } from './generation-request.js';
import type { FinishedReason } from './vllm-metrics.js';

/** Words of four characters with their blank: an answer of n tokens counts as n by the same rule as a prompt. */
const WORDS = ['the ', 'one ', 'and ', 'two ', 'for ', 'six ', 'ten ', 'all ', 'new ', 'old ', 'far ', 'red '] as const;

/** The text of output tokens `from` up to, not including, `to`. */
export function outputText(from: number, to: number): string {
  let text = '';
  for (let index = from; index < to; index++) text += WORDS[index % WORDS.length] as string;
  return text;
}

/** Builds the JSON bodies of one request's answer, whole or as chunks, in OpenAI's shapes for its endpoint. */
export class Answer {
  readonly #request: GenerationRequest;
  readonly #head: { id: string; created: number; model: string };

  constructor(request: GenerationRequest, requestId: string, createdS: number) {
    this.#request = request;
    const id = `${request.kind === 'chat' ? 'chatcmpl' : 'cmpl'}-${requestId}`;
    this.#head = { id, created: createdS, model: request.model };
  }

  whole(tokens: number, reason: FinishedReason): string {
    const text = outputText(0, tokens);
    const choice = { index: 0, logprobs: null, finish_reason: reason, stop_reason: null };
    if (this.#request.kind === 'completion')
      return this.#body('text_completion', { choices: [{ ...choice, text }], usage: this.#usage(tokens) });
    const message = { role: 'assistant', content: text };
    return this.#body('chat.completion', { choices: [{ ...choice, message }], usage: this.#usage(tokens) });
  }

  /** The chunk that opens a chat's stream and names the role; completions have none. */
  opening(): string | undefined {
    return this.#request.kind === 'chat' ? this.#chunk({ delta: { role: 'assistant', content: '' } }, null) : undefined;
  }

  /** Output tokens `from` up to, not including, `to`; `reason` is set on the last chunk. */
  tokens(from: number, to: number, reason: FinishedReason | null): string {
    const text = outputText(from, to);
    return this.#chunk(this.#request.kind === 'chat' ? { delta: { content: text } } : { text }, reason);
  }

  /** The chunk after the last, when the client asked for usage. */
  usageChunk(tokens: number): string {
    return this.#body(this.#chunkObject(), { choices: [], usage: this.#usage(tokens) });
  }

  #chunk(content: object, reason: FinishedReason | null): string {
    return this.#body(this.#chunkObject(), { choices: [{ index: 0, ...content, logprobs: null, finish_reason: reason }] });
  }

  #chunkObject(): string {
    return this.#request.kind === 'chat' ? 'chat.completion.chunk' : 'text_completion';
  }

  #body(object: string, rest: object): string {
    const { id, created, model } = this.#head;
    return JSON.stringify({ id, object, created, model, ...rest });
  }

  #usage(completionTokens: number): object {
    const { promptTokens } = this.#request;
    return {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    };
  }
}
