import type { ModelCallStore, ModelCatalog, ProviderGate, Writer } from '@roleforge/domain';
import { createModelWriter } from './ai/model-writer.ts';
import { createTemplateWriter } from './template/template-writer.ts';

export { createModelWriter, type ModelWriterSettings } from './ai/model-writer.ts';
export { openGate } from './limits/open-gate.ts';
export { createTemplateWriter } from './template/template-writer.ts';

export type WriterSettings = {
  /** The models that may be asked; null where there is none. */
  ai: ModelCatalog | null;
  calls: ModelCallStore;
  gate: ProviderGate;
  /** How long one call of a model may take, in milliseconds. */
  callTimeoutMs: number;
  clock: () => Date;
};

/** The writer of the first model where one is set up, else the template writer. */
export function createWriter({ ai, ...needs }: WriterSettings): Writer {
  const [model] = ai?.models ?? [];
  const provider = ai?.providers.find(({ name }) => name === model?.provider);
  if (provider === undefined || model === undefined) return createTemplateWriter();
  return createModelWriter({ provider, model, ...needs });
}
