import type { Writer } from '@roleforge/domain';
import { createAiWriter } from './ai/ai-writer.ts';
import { createTemplateWriter } from './template/template-writer.ts';

export { type AiWriterSettings, createAiWriter } from './ai/ai-writer.ts';
export { createTemplateWriter } from './template/template-writer.ts';

/** Where the model is; null where there is none. */
export type WriterSettings = { ai: { baseUrl: string; apiKey?: string | undefined; model: string } | null };

/** The AI writer where a model is set up, else the template writer. */
export function createWriter({ ai }: WriterSettings): Writer {
  return ai === null ? createTemplateWriter() : createAiWriter(ai);
}
