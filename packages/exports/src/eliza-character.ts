import type { Role } from '@roleforge/contracts';
import { wordingFor } from './languages.ts';

/** A character file of ElizaOS, which refuses keys that it does not know. */
export type ElizaCharacter = {
  name: string;
  username: string;
  system: string;
  bio: string[];
  messageExamples: { name: string; content: { text: string } }[][];
  postExamples: string[];
  topics: string[];
  adjectives: string[];
  knowledge: string[];
  plugins: string[];
  settings: Record<string, unknown>;
  style: { all: string[]; chat: string[]; post: string[] };
};

/** ElizaOS puts a name of its own here in each example. */
const OTHER_SPEAKER = '{{name1}}';

/** A role as an ElizaOS character. Its label stands in `settings`, the one place for what others bring along. */
export function toElizaCharacter(role: Role): ElizaCharacter {
  const { profile, locale, aiLabel } = role;
  const { talkStyle } = profile;
  const words = wordingFor(locale);
  return {
    name: profile.name,
    username: role.taskId,
    system: [profile.systemPrompt, ...profile.boundaries.map(boundary => `- ${boundary}`)].join('\n'),
    bio: [profile.tagline, profile.description, profile.personality, profile.background],
    messageExamples: profile.exampleDialogues.map(({ user, role: answer }) => [
      { name: OTHER_SPEAKER, content: { text: user } },
      { name: profile.name, content: { text: answer } },
    ]),
    postExamples: [],
    topics: [...new Set([...profile.tags, ...profile.knowledge.flatMap(({ keys }) => keys)])],
    adjectives: [],
    knowledge: [
      ...profile.knowledge.map(({ content }) => content),
      ...profile.products.map(({ productId, pitch }) => `${productId}: ${pitch}`),
    ],
    plugins: [],
    settings: {
      roleforge: {
        roleId: role.id,
        version: role.version,
        locale,
        aiLabel,
        notice: words.label(aiLabel),
        greetings: [profile.greeting, ...profile.alternateGreetings],
      },
    },
    style: {
      all: [words.tone(talkStyle.tone), ...talkStyle.rules, ...talkStyle.avoid.map(words.avoid)],
      chat: talkStyle.catchphrases.map(words.catchphrase),
      post: [],
    },
  };
}
