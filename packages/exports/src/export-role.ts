import { EXPORT_FORMATS, type ExportFormat, type Role } from '@roleforge/contracts';
import { toCardPng, toCharx } from './card-containers.ts';
import { toCharacterCard } from './character-card.ts';
import { toCozeBot } from './coze-bot.ts';
import { toElizaCharacter } from './eliza-character.ts';
import { toMarkdown } from './instructions.ts';
import { toOpenAiAssistant } from './openai-assistant.ts';

/** A file to give out. */
export type RoleExport = {
  content: Uint8Array | string;
  /** With a charset where it is text. */
  contentType: string;
  /** After the role's name, which may hold any character but `/` and `\`. */
  filename: string;
  /** The same in ASCII, for clients that know no other: after the task's name. */
  asciiFilename: string;
};

const FORMATS: Record<ExportFormat, (role: Role) => Uint8Array | string> = {
  json: role => json(role),
  markdown: toMarkdown,
  'character-card-v3': role => json(toCharacterCard(role)),
  'character-card-v3-png': toCardPng,
  'character-card-v3-charx': toCharx,
  elizaos: role => json(toElizaCharacter(role)),
  coze: role => json(toCozeBot(role)),
  openai: role => json(toOpenAiAssistant(role)),
};

/** A role in a format that other systems load. The same role makes the same bytes. */
export function exportRole(role: Role, format: ExportFormat): RoleExport {
  const { mediaType, extension } = EXPORT_FORMATS[format];
  const content = FORMATS[format](role);
  return {
    content,
    contentType: typeof content === 'string' ? `${mediaType}; charset=utf-8` : mediaType,
    filename: `${fileNameOf(role.profile.name)}.v${role.version}.${extension}`,
    asciiFilename: `${role.taskId}.v${role.version}.${extension}`,
  };
}

/** To be read by people, too. */
function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A name without what a file's name may not hold on one system or another: separators, wildcards, control characters, half emoji. */
function fileNameOf(name: string): string {
  return name
    .toWellFormed()
    .replaceAll(/[/\\:*?"<>|\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, '-')
    .replace(/^\.+/, '-');
}
