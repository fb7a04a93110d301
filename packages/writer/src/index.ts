import type { ModelCatalog, Writer } from '@roleforge/domain';
import { createAiWriter } from './ai/ai-writer.ts';
import { createTemplateWriter } from './template/template-writer.ts';

export { type AiWriterSettings, createAiWriter } from './ai/ai-writer.ts';
export { createProviderGate, type ProviderGateSettings } from './limits/provider-gate.ts';
export { type FallbackSettings, withFallbacks } from './limits/with-fallbacks.ts';
export { createTemplateWriter } from './template/template-writer.ts';

/** The models that may be asked; null where there is none. */
export type WriterSettings = { ai: ModelCatalog | null };

/** The AI writer where a model is set up, else the template writer. */
export function createWriter({ ai }: WriterSettings): Writer {
  const [provider] = ai?.providers ?? [];
  const [model] = ai?.models ?? [];
  if (provider === undefined || model === undefined) return createTemplateWriter();
  const { baseUrl, apiKey, name } = provider;
  return createAiWriter({ baseUrl, apiKey: apiKey ?? undefined, model: model.model, providerName: name });
}
