import { z } from 'zod';

/** The formats in which a role can be taken elsewhere: the media type and the file name's ending of each, and what it is. */
export const EXPORT_FORMATS = {
  json: {
    mediaType: 'application/json',
    extension: 'json',
    summary: 'the role with all its parts, as `GET /v1/roles/{roleId}` has it',
  },
  markdown: { mediaType: 'text/markdown', extension: 'md', summary: 'a system prompt ready to paste' },
  'character-card-v3': {
    mediaType: 'application/json',
    extension: 'card.json',
    summary: 'a Character Card V3, as JSON',
  },
  'character-card-v3-png': {
    mediaType: 'image/png',
    extension: 'card.png',
    summary: 'a portrait that holds a Character Card V3 in its `ccv3` chunk',
  },
  'character-card-v3-charx': {
    mediaType: 'application/zip',
    extension: 'charx',
    summary: 'a zip with a Character Card V3 and its portrait',
  },
  elizaos: { mediaType: 'application/json', extension: 'eliza.json', summary: 'a character file of ElizaOS' },
  coze: {
    mediaType: 'application/json',
    extension: 'coze.json',
    summary: 'the fields of a Coze bot; add a `space_id` to create it',
  },
  openai: {
    mediaType: 'application/json',
    extension: 'openai.json',
    summary: 'an assistant of OpenAI’s API; its `model` and `instructions` are those of a response, too',
  },
} as const satisfies Record<string, { mediaType: string; extension: string; summary: string }>;

export type ExportFormat = keyof typeof EXPORT_FORMATS;

export const ExportFormat = z
  .enum(Object.keys(EXPORT_FORMATS) as [ExportFormat, ...ExportFormat[]])
  .meta({ id: 'ExportFormat' });

/** How an export of one given version is asked for. */
export const VersionExportQuery = z.object({
  format: ExportFormat.describe(
    Object.entries(EXPORT_FORMATS)
      .map(([format, { summary, mediaType }]) => `- \`${format}\`: ${summary} (\`${mediaType}\`)`)
      .join('\n'),
  ),
});
export type VersionExportQuery = z.infer<typeof VersionExportQuery>;

/** How an export of a role is asked for: of its latest version, unless a version is named. */
export const ExportQuery = VersionExportQuery.extend({
  version: z.coerce.number().int().min(1).optional().describe('The latest, unless given'),
});
export type ExportQuery = z.infer<typeof ExportQuery>;
