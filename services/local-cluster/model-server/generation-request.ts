import { z } from 'zod';
import { OpenAiError } from './openai-error.js';

/** What both generation endpoints come down to. */
export interface GenerationRequest {
  kind: 'chat' | 'completion';
  model: string;
  promptTokens: number;
  /** Undefined: up to the context's end (chat). */
  maxTokens: number | undefined;
  minTokens: number;
  ignoreEos: boolean;
  stream: boolean;
  includeUsage: boolean;
}

/** OpenAI's default for /v1/completions. */
const COMPLETION_MAX_TOKENS = 16;
const CHARACTERS_PER_TOKEN = 4;

const tokenLimit = z.int().min(1).nullish();
const common = {
  model: z.string(),
  max_tokens: tokenLimit,
  min_tokens: z.int().min(0).nullish(),
  ignore_eos: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.literal(1, 'this server gives one answer per request').nullish(),
};
const contentPart = z.object({ type: z.string(), text: z.string().optional() });
const chatSchema = z.object({
  ...common,
  max_completion_tokens: tokenLimit,
  messages: z.array(z.object({ role: z.string(), content: z.union([z.string(), z.array(contentPart)]).nullish() })).min(1),
});
const tokenIds = z.array(z.int().min(0)).min(1);
const completionSchema = z.object({ ...common, prompt: z.union([z.string(), tokenIds]) });

/** Reads a body of /v1/chat/completions. Fields that a simulation has no use for are ignored. Throws OpenAiError 400. */
export function parseChatRequest(body: unknown): GenerationRequest {
  const request = parse(chatSchema, body);
  const characters = request.messages.reduce((sum, { content }) => sum + charactersOf(content), 0);
  return {
    kind: 'chat',
    promptTokens: tokensOf(characters),
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    ...commonFields(request),
  };
}

/** Reads a body of /v1/completions: one prompt, as text or as token ids. Throws OpenAiError 400. */
export function parseCompletionRequest(body: unknown): GenerationRequest {
  const request = parse(completionSchema, body);
  const { prompt } = request;
  return {
    kind: 'completion',
    promptTokens: typeof prompt === 'string' ? tokensOf(prompt.length) : prompt.length,
    maxTokens: request.max_tokens ?? COMPLETION_MAX_TOKENS,
    ...commonFields(request),
  };
}

function commonFields(
  request: z.infer<z.ZodObject<typeof common>>,
): Pick<GenerationRequest, 'model' | 'minTokens' | 'ignoreEos' | 'stream' | 'includeUsage'> {
  return {
    model: request.model,
    minTokens: request.min_tokens ?? 0,
    ignoreEos: request.ignore_eos ?? false,
    stream: request.stream ?? false,
    includeUsage: request.stream_options?.include_usage ?? false,
  };
}

function parse<Shape extends z.ZodType>(schema: Shape, body: unknown): z.infer<Shape> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw new OpenAiError(
    400,
    path === '' ? `body: ${issue?.message ?? 'invalid'}` : `${path}: ${issue?.message ?? 'invalid'}`,
    path || null,
  );
}

function charactersOf(content: string | { text?: string | undefined }[] | null | undefined): number {
  if (content === null || content === undefined) return 0;
  return typeof content === 'string' ? content.length : content.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
}

/** Even an empty prompt has its beginning-of-sequence token. */
function tokensOf(characters: number): number {
  return Math.max(1, Math.ceil(characters / CHARACTERS_PER_TOKEN));
}
