import { styleText } from 'node:util';
import type { Role } from '@roleforge/contracts';
import wrapAnsi from 'wrap-ansi';

const WIDTH = Math.min(process.stdout.columns ?? 100, 100);
const INDENT = '  ';

/** A role for a person to read in a terminal: its main parts, and how much there is of the rest. */
export function roleInPrint({ id, version, profile, writer, locale }: Role): string {
  const dialogue = profile.exampleDialogues[0];
  const sections = [
    block('Description', profile.description),
    block('Personality', profile.personality),
    block('Greeting', profile.greeting),
    block('Talk style', [profile.talkStyle.tone, ...profile.talkStyle.rules.map(rule => `· ${rule}`)].join('\n')),
    dialogue === undefined ? '' : block('In conversation', `— ${dialogue.user}\n— ${dialogue.role}`),
    profile.products.length === 0
      ? ''
      : block('Recommends', `${profile.products[0]?.pitch}\n… and ${profile.products.length - 1} more`),
    block('Will not', profile.boundaries.map(boundary => `· ${boundary}`).join('\n')),
    block(
      'Besides',
      `a system prompt of ${profile.systemPrompt.length} characters, ${profile.knowledge.length} pieces of knowledge, ${profile.exampleDialogues.length} example dialogues`,
    ),
  ];
  const title = styleText('bold', profile.name);
  const origin = styleText('gray', `${id} version ${version} · ${locale} · writer: ${writer.kind} (${writer.model})`);
  return [`${title}  ${profile.tagline}`, origin, ...sections.filter(section => section !== '')].join('\n');
}

function block(heading: string, text: string): string {
  const lines = wrapAnsi(text, WIDTH - INDENT.length, { hard: true }).replaceAll('\n', `\n${INDENT}`);
  return `\n${INDENT}${styleText('cyan', heading)}\n${INDENT}${lines}`;
}
