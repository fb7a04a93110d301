import type { ConfiguredModel, ModelCallStore, ModelCatalog, ProviderGate, Writer } from '@roleforge/domain';
import type { ModelCallObserver } from './ai/call-outcome.ts';
import { createModelWriter } from './ai/model-writer.ts';
import { withFallbacks } from './limits/with-fallbacks.ts';
import { createTemplateWriter } from './template/template-writer.ts';

export type { CallOutcome, ModelCallObserver } from './ai/call-outcome.ts';
export { createModelWriter, type ModelWriterSettings } from './ai/model-writer.ts';
export { createProviderGate, type ProviderGateSettings } from './limits/provider-gate.ts';
export { createTemplateWriter } from './template/template-writer.ts';

export type WriterSettings = {
  /** The models that may be asked; null where there is none. */
  ai: ModelCatalog | null;
  calls: ModelCallStore;
  gate: ProviderGate;
  /** How long one call of a model may take, in milliseconds. */
  callTimeoutMs: number;
  /** Hears of every call that was made. */
  onCall?: ModelCallObserver;
  clock: () => Date;
};

/** A writer that asks the models a strategy names, in their order; the template writer where no model is set up. */
export function createWriter({ ai, ...needs }: WriterSettings): Writer {
  const template = createTemplateWriter();
  if (ai === null) return template;
  const writerFor = (model: ConfiguredModel): Writer => {
    const provider = ai.providers.find(({ name }) => name === model.provider);
    if (provider === undefined) throw new Error(`The catalog has no provider ${model.provider}.`);
    return createModelWriter({ provider, model, ...needs });
  };
  return withFallbacks({ catalog: ai, writerFor, template });
}
