import type { RoleProfile } from '@roleforge/contracts';
import type { Draft } from '@roleforge/domain';

/** What a model has handed in: a role of few words, with these in their places. */
export function draftWith(changes: Partial<RoleProfile>): Draft {
  return {
    profile: {
      name: 'Ridge',
      tagline: 'Knows tea',
      description: 'Sells tea.',
      personality: 'Calm',
      background: 'Grew up in a garden.',
      systemPrompt: 'You sell tea.',
      greeting: 'Hello!',
      alternateGreetings: [],
      talkStyle: { tone: 'warm', rules: [], catchphrases: [], avoid: [] },
      exampleDialogues: [],
      knowledge: [],
      products: [],
      boundaries: [],
      tags: [],
      ...changes,
    },
    provenance: {},
    writer: { kind: 'ai', provider: 'scripted', model: 'test-1' },
    usage: { calls: 1, inputTokens: 1, outputTokens: 1, costUsd: 0 },
  };
}
