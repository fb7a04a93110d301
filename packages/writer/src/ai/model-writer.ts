import { PROFILE_PARTS, type ProfilePart, type RoleProfile, type Usage } from '@roleforge/contracts';
import {
  type Draft,
  draftProblems,
  NO_USAGE,
  provenanceItemsOf,
  provenanceOf,
  type Revision,
  revisionNote,
  type Writer,
  type WritingBrief,
} from '@roleforge/domain';
import { composePrompt, type Prompt } from '@roleforge/prompts';
import { type Reading, readDraft } from './draft-reading.ts';
import { promptFor } from './output-mode.ts';
import { type CallNeeds, type PaidAnswer, paidAnswer } from './paid-call.ts';
import { repairPrompt } from './repair-note.ts';
import { createSectionReader } from './section-reader.ts';
import { WIRE_SCHEMA, wireSchemaOf } from './wire-schema.ts';

/** A model, who serves it, and what its calls go through. */
export type ModelWriterSettings = CallNeeds;

/** How often a model is asked again for a draft that does not fit. */
const MOST_REPAIRS = 2;

/**
 * Has one model write the role. A call that fails is not repeated here; a draft that does not fit is asked for again, twice at
 * most, each time with the original prompt and what was wrong. Answers that are stored are used again.
 */
export function createModelWriter(settings: ModelWriterSettings): Writer {
  const { provider, model } = settings.model;
  return {
    async write(brief, context): Promise<Draft> {
      context.signal.throwIfAborted();
      const { sources, strategy, locale, revise } = brief;
      const { structuredOutput: mode, temperature, maxOutputTokens, maxCostUsd } = strategy;
      const schema = revise === undefined ? WIRE_SCHEMA : wireSchemaOf(revise.sections);
      const original = promptFor(mode, withRevision(composePrompt(sources, strategy, locale), revise), schema);
      const sections = createSectionReader(revise?.sections ?? PROFILE_PARTS, (part, value) => {
        if (!leaks(part, value, brief, original)) context.onSection(part, value);
      });
      let prompt = original;
      let usage = NO_USAGE;
      for (let repair = 0; ; repair += 1) {
        const request = { prompt, mode, schema, temperature, maxOutputTokens, maxCostUsd, repair };
        const answer = await paidAnswer(settings, request, context, sections.begin());
        usage = sum(usage, answer.usage);
        const reading = tellUse(answer.call, settings.onCall, () => readDraft(answer, brief, original));
        if (reading.kind === 'draft') {
          const { profile } = reading;
          sections.complete(profile);
          return {
            profile,
            provenance: provenanceOf(profile, sources),
            provenanceItems: provenanceItemsOf(profile, sources),
            writer: { kind: 'ai', provider, model },
            usage,
          };
        }
        if (repair === MOST_REPAIRS) throw reading.failure;
        prompt = repairPrompt(original, reading.problems);
      }
    },
  };
}

/** Reads an answer, and says of the call behind it whether it was of use. */
function tellUse(call: PaidAnswer['call'], onCall: CallNeeds['onCall'], read: () => Reading): Reading {
  let reading: Reading | undefined;
  try {
    reading = read();
    return reading;
  } finally {
    if (call !== null) onCall?.(call, reading?.kind === 'draft' ? 'ok' : 'useless');
  }
}

/** The prompt that has some parts of a role rewritten, which the model is shown as it stands. */
function withRevision(prompt: Prompt, revise: Revision | undefined): Prompt {
  return revise === undefined ? prompt : { ...prompt, user: `${prompt.user}\n\n${revisionNote(revise)}` };
}

function sum(a: Usage, b: Usage): Usage {
  return {
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costUsd: a.costUsd + b.costUsd,
  };
}

/** Whether a part holds what does not belong in a role, which nobody is to see though the draft is still to be repaired. */
function leaks(part: ProfilePart, value: unknown, { sources }: WritingBrief, prompt: Prompt): boolean {
  const alone = { knowledge: [], products: [], [part]: value } as unknown as RoleProfile;
  return draftProblems(alone, sources, { prompt }).length > 0;
}
