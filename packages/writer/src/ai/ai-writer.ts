import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { Usage } from '@roleforge/contracts';
import { type Draft, provenanceItemsOf, provenanceOf, type Writer, type WritingBrief } from '@roleforge/domain';
import { composePrompt } from '@roleforge/prompts';
import { generateText, type LanguageModelUsage } from 'ai';
import { failureOfCall } from './call-failure.ts';
import { type ModelAnswer, readDraft } from './draft-reading.ts';
import { outputFor, promptFor } from './output-mode.ts';

export type AiWriterSettings = {
  /** Of an OpenAI-compatible API, up to the part before `/chat/completions`. */
  baseUrl: string;
  /** Sent as a bearer token; a local server may need none. */
  apiKey?: string | undefined;
  /** For strategies that name no model of their own. */
  model: string;
  /** As shown on the role; the base URL's host where absent. */
  providerName?: string | undefined;
  /** In place of the global one: an outgoing proxy, say. */
  fetch?: typeof globalThis.fetch | undefined;
};

/**
 * Has a model write the role, in one call that is never retried here. A provider's and a draft's faults come out as
 * CreationFailure; what an answer cost is on the failure too. An abort rejects with the signal's reason.
 */
export function createAiWriter(settings: AiWriterSettings): Writer {
  const provider = createOpenAICompatible({
    name: 'provider',
    baseURL: settings.baseUrl,
    supportsStructuredOutputs: true,
    ...(settings.apiKey === undefined ? {} : { apiKey: settings.apiKey }),
    ...(settings.fetch === undefined ? {} : { fetch: settings.fetch }),
  });
  const providerName = settings.providerName ?? new URL(settings.baseUrl).host;

  async function ask({ sources, strategy, locale }: WritingBrief, model: string, abortSignal: AbortSignal) {
    const mode = strategy.structuredOutput;
    const { system, user } = promptFor(mode, composePrompt(sources, strategy, locale));
    const { text, finishReason, rawFinishReason, totalUsage } = await generateText({
      model: provider(model),
      instructions: system,
      prompt: user,
      output: outputFor(mode),
      temperature: strategy.temperature,
      maxOutputTokens: strategy.maxOutputTokens,
      maxRetries: 0,
      abortSignal,
    });
    return { text, finishReason, rawFinishReason, usage: usageOf(totalUsage) } satisfies ModelAnswer;
  }

  return {
    async write(brief, { signal }): Promise<Draft> {
      signal.throwIfAborted();
      const model = brief.strategy.model ?? settings.model;
      const answer = await ask(brief, model, signal).catch(error => {
        signal.throwIfAborted();
        throw failureOfCall(error, Date.now());
      });
      const profile = readDraft(answer, brief.sources);
      return {
        profile,
        provenance: provenanceOf(profile, brief.sources),
        provenanceItems: provenanceItemsOf(profile, brief.sources),
        writer: { kind: 'ai', provider: providerName, model },
        usage: answer.usage,
      };
    },
  };
}

/** Tokens that a provider does not report count as none; nothing here knows its prices. */
function usageOf({ inputTokens = 0, outputTokens = 0 }: LanguageModelUsage): Usage {
  return { calls: 1, inputTokens, outputTokens, costUsd: 0 };
}
