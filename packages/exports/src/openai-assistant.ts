import type { Role } from '@roleforge/contracts';
import { clip, clipName } from './clip.ts';
import { instructionsOf } from './instructions.ts';

/** The body that creates an assistant at OpenAI; `model`, `instructions` and `metadata` mean the same in a call for a response. */
export type OpenAiAssistant = {
  model: string;
  name: string;
  description: string;
  instructions: string;
  response_format: { type: 'text' };
  metadata: Record<string, string>;
};

/** OpenAI's limits, in characters. */
const LONGEST = { name: 256, description: 512, instructions: 256_000, metadata: 512 };
/** For roles that no model of OpenAI's wrote. */
const DEFAULT_MODEL = 'gpt-4o-mini';

/** A role as an assistant, for the model that wrote it if that is OpenAI's. The label stands in the metadata. */
export function toOpenAiAssistant(role: Role): OpenAiAssistant {
  const { profile, writer, aiLabel } = role;
  const metadata = {
    aiGenerated: String(aiLabel.aiGenerated),
    aiProvider: aiLabel.provider,
    contentId: aiLabel.contentId,
    roleId: role.id,
    roleVersion: String(role.version),
    taskId: role.taskId,
    locale: role.locale,
  };
  return {
    model: writer.kind === 'ai' && writer.provider === 'openai' ? writer.model : DEFAULT_MODEL,
    name: clipName(profile.name, LONGEST.name),
    description: clip(profile.tagline, LONGEST.description),
    instructions: clip(instructionsOf(role), LONGEST.instructions),
    response_format: { type: 'text' },
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [key, clipName(value, LONGEST.metadata)]),
    ),
  };
}
