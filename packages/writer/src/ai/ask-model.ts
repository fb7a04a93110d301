import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { StrategyDocument } from '@roleforge/contracts';
import { CreationFailure, type ModelProvider } from '@roleforge/domain';
import type { Prompt } from '@roleforge/prompts';
import { generateText, type JSONSchema7, streamText } from 'ai';
import { answerTooLarge, boundedFetch, MOST_ANSWER_BYTES } from './bounded-fetch.ts';
import { outputFor } from './output-mode.ts';

/** What a model is asked, and how. */
export type ModelRequest = {
  prompt: Prompt;
  mode: StrategyDocument['structuredOutput'];
  /** Of the answer. */
  schema: JSONSchema7;
  temperature: number | undefined;
  maxOutputTokens: number | undefined;
};

/** What it answered. Tokens are undefined where the provider does not tell them. */
export type ModelAnswer = {
  text: string;
  /** The provider's own word for why it ended; `content_filter` for a refusal too. Null where it gave none. */
  finishReason: string | null;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
};

type Way = {
  provider: ModelProvider;
  /** As the provider knows it. */
  model: string;
  fetch?: typeof globalThis.fetch | undefined;
  signal: AbortSignal;
  /** Hears what has been written as it comes, where the provider streams. */
  onText(text: string): void;
};

/**
 * One call of a model, never repeated here. Rejects with what the SDK throws, with CreationFailure answer_too_large, or with
 * provider_unavailable where a stream says that it failed; and soon after the signal is aborted.
 */
export async function askModel(request: ModelRequest, way: Way): Promise<ModelAnswer> {
  const bounded = boundedFetch(way.fetch);
  const ended = new AbortController();
  const { baseUrl, apiKey, streaming } = way.provider;
  const provider = createOpenAICompatible({
    name: 'provider',
    baseURL: baseUrl,
    supportsStructuredOutputs: true,
    includeUsage: true,
    fetch: bounded.fetch,
    ...(apiKey === null ? {} : { apiKey }),
  });
  const call = {
    model: provider(way.model),
    instructions: request.prompt.system,
    prompt: request.prompt.user,
    output: outputFor(request.mode, request.schema),
    temperature: request.temperature,
    maxOutputTokens: request.maxOutputTokens,
    maxRetries: 0,
    abortSignal: AbortSignal.any([way.signal, ended.signal]),
  };
  try {
    return streaming ? await streamed(call, way.onText) : answerOf(await generateText(call));
  } catch (error) {
    // What is still being sent is of no use any more.
    ended.abort();
    throw bounded.exceeded() ? answerTooLarge() : error;
  }
}

async function streamed(call: Parameters<typeof streamText>[0], onText: Way['onText']): Promise<ModelAnswer> {
  // The errors come as parts of the stream too; unless told otherwise the SDK prints them besides.
  const { fullStream } = streamText({ ...call, onError: () => {} });
  let text = '';
  let bytes = 0;
  for await (const part of fullStream)
    switch (part.type) {
      case 'text-delta':
        bytes += Buffer.byteLength(part.text);
        if (bytes > MOST_ANSWER_BYTES) throw answerTooLarge();
        text += part.text;
        onText(part.text);
        break;
      case 'error':
        throw part.error instanceof Error ? part.error : brokenOff();
      case 'abort':
        throw call.abortSignal?.reason ?? brokenOff();
      case 'finish':
        return answerOf({ ...part, text });
    }
  throw brokenOff();
}

function brokenOff(): CreationFailure {
  return new CreationFailure('provider_unavailable', 'The AI provider broke off its answer.');
}

type Finished = {
  text: string;
  finishReason: string;
  rawFinishReason: string | undefined;
  totalUsage: { inputTokens: number | undefined; outputTokens: number | undefined };
};

function answerOf({ text, finishReason, rawFinishReason, totalUsage }: Finished): ModelAnswer {
  const { inputTokens, outputTokens } = totalUsage;
  const end = finishReason === 'content-filter' ? 'content_filter' : (rawFinishReason ?? null);
  return { text, finishReason: finishReason === 'error' ? 'error' : end, inputTokens, outputTokens };
}
