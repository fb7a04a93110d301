import type { Role } from '@roleforge/contracts';
import { languageOf, wordingFor } from './languages.ts';

/** A Character Card V3: https://github.com/kwaroran/character-card-spec-v3/blob/main/SPEC_V3.md. What it does not name stands under `extensions`. */
export type CharacterCard = {
  spec: 'chara_card_v3';
  spec_version: '3.0';
  data: {
    name: string;
    description: string;
    tags: string[];
    creator: string;
    character_version: string;
    mes_example: string;
    extensions: Record<string, unknown>;
    system_prompt: string;
    post_history_instructions: string;
    first_mes: string;
    alternate_greetings: string[];
    personality: string;
    scenario: string;
    creator_notes: string;
    creator_notes_multilingual: Record<string, string>;
    group_only_greetings: string[];
    character_book?: Lorebook;
    assets: CardAsset[];
    source: string[];
    /** Unix time in seconds, as the other one. */
    creation_date: number;
    modification_date: number;
  };
};

type Lorebook = {
  name: string;
  extensions: Record<string, unknown>;
  entries: {
    id: number;
    keys: string[];
    content: string;
    extensions: Record<string, unknown>;
    enabled: boolean;
    insertion_order: number;
    use_regex: boolean;
    constant: boolean;
    case_sensitive: boolean;
  }[];
};

type CardAsset = { type: 'icon'; uri: string; name: string; ext: 'png' };

/** The portrait that the reader has at hand: of a card in a PNG, that picture. */
export const DEFAULT_PORTRAIT = 'ccdefault:';

/** A role as a card whose portrait is at `portraitUri`. */
export function toCharacterCard(role: Role, portraitUri: string = DEFAULT_PORTRAIT): CharacterCard {
  const { profile, locale, aiLabel } = role;
  const words = wordingFor(locale);
  const { talkStyle } = profile;
  const notesIn = (language: string) => `${profile.tagline}\n\n${wordingFor(language).label(aiLabel)}`;
  const seconds = Math.floor(Date.parse(role.createdAt) / 1000);
  return {
    spec: 'chara_card_v3',
    spec_version: '3.0',
    data: {
      name: profile.name,
      description: paragraphs(profile.description, profile.background),
      tags: profile.tags,
      creator: 'RoleForge',
      character_version: String(role.version),
      mes_example: profile.exampleDialogues
        .map(({ user, role: answer }) => `<START>\n{{user}}: ${user}\n{{char}}: ${answer}`)
        .join('\n'),
      extensions: { roleforge: ownData(role) },
      system_prompt: paragraphs(
        profile.systemPrompt,
        titled(words.talkStyle, [
          ...talkStyle.rules,
          ...talkStyle.catchphrases.map(words.catchphrase),
          ...talkStyle.avoid.map(words.avoid),
        ]),
        titled(
          words.products,
          profile.products.map(({ productId, pitch }) => `${productId}: ${pitch}`),
        ),
      ),
      post_history_instructions: titled(words.boundaries, profile.boundaries),
      first_mes: profile.greeting,
      alternate_greetings: profile.alternateGreetings,
      personality: paragraphs(profile.personality, words.tone(talkStyle.tone)),
      scenario: '',
      creator_notes: notesIn(locale),
      creator_notes_multilingual: { en: notesIn('en'), [languageOf(locale)]: notesIn(locale) },
      group_only_greetings: [],
      ...(profile.knowledge.length === 0 ? {} : { character_book: lorebookOf(role) }),
      assets: [{ type: 'icon', uri: portraitUri, name: 'main', ext: 'png' }],
      source: [role.id],
      creation_date: seconds,
      modification_date: seconds,
    },
  };
}

function lorebookOf({ profile }: Role): Lorebook {
  return {
    name: profile.name,
    extensions: {},
    entries: profile.knowledge.map(({ keys, content }, index) => ({
      id: index + 1,
      keys,
      content,
      extensions: {},
      enabled: true,
      insertion_order: index + 1,
      use_regex: false,
      constant: false,
      case_sensitive: false,
    })),
  };
}

/** What a card has no field for: where it comes from, its label, and the parts that are only told in prose elsewhere. */
function ownData(role: Role) {
  const { id, taskId, version, locale, aiLabel, writer, profile } = role;
  const { tagline, background, talkStyle, products, boundaries } = profile;
  return {
    roleId: id,
    taskId,
    version,
    locale,
    aiLabel,
    writer,
    tagline,
    background,
    talkStyle,
    products,
    boundaries,
  };
}

function paragraphs(...texts: string[]): string {
  return texts.filter(text => text !== '').join('\n\n');
}

function titled(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : [title, ...items.map(item => `- ${item}`)].join('\n');
}
