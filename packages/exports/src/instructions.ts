import type { Role } from '@roleforge/contracts';
import { wordingFor } from './languages.ts';

/**
 * All that a chat model needs in order to play a role, as one Markdown text: the role's system prompt first, then each part
 * of the profile under a heading of its own, in the role's language. Parts that are empty are left out.
 */
export function instructionsOf({ profile, locale }: Role): string {
  const words = wordingFor(locale);
  const { talkStyle } = profile;
  const sections = [
    `# ${oneLine(profile.name)}\n\n> ${oneLine(profile.tagline)}`,
    profile.systemPrompt,
    section(words.personality, profile.personality),
    section(words.background, profile.background),
    section(
      words.talkStyle,
      list([
        words.tone(talkStyle.tone),
        ...talkStyle.rules,
        ...talkStyle.catchphrases.map(words.catchphrase),
        ...talkStyle.avoid.map(words.avoid),
      ]),
    ),
    section(words.boundaries, list(profile.boundaries)),
    section(words.products, list(profile.products.map(({ productId, pitch }) => `${productId}: ${pitch}`))),
    section(
      words.examples,
      profile.exampleDialogues
        .map(({ user, role }) => `**${words.user}:** ${user}\n\n**${oneLine(profile.name)}:** ${role}`)
        .join('\n\n'),
    ),
    section(words.firstMessage, profile.greeting),
    // Last, for it may be long, and where there is a limit the end is cut.
    section(
      words.knowledge,
      profile.knowledge.map(({ keys, content }) => `### ${keys.map(oneLine).join(' · ')}\n\n${content}`).join('\n\n'),
    ),
  ];
  return sections.filter(text => text !== '').join('\n\n');
}

/** A system prompt ready to paste, with the label of what a machine wrote where a reader sees it: at the end. */
export function toMarkdown(role: Role): string {
  return `${instructionsOf(role)}\n\n---\n\n*${wordingFor(role.locale).label(role.aiLabel)}*\n`;
}

function section(heading: string, text: string): string {
  return text === '' ? '' : `## ${heading}\n\n${text}`;
}

/** A line break within an item is indented, or the rest of it would fall out of the list. */
function list(items: readonly string[]): string {
  return items.map(item => `- ${item.replaceAll('\n', '\n  ')}`).join('\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
