import { z } from 'zod';
import { RoleId } from './ids.ts';
import { ProfilePartName } from './profile.ts';
import { WriterIdentity } from './roles.ts';

const Change = z.enum(['changed', 'added', 'removed']);

/** A piece of a text: joined, all but the added ones are the text before, and all but the removed ones the text after. */
const TextPiece = z.object({ op: z.enum(['same', 'added', 'removed']), text: z.string() }).meta({ id: 'TextPiece' });
export type TextPiece = z.infer<typeof TextPiece>;

const ItemChange = z
  .object({
    key: z
      .string()
      .describe('What the item is known by: its ids, or itself where it has none; in `talkStyle` the field'),
    change: Change,
    before: z.unknown().describe('Null where it was added'),
    after: z.unknown().describe('Null where it was removed'),
  })
  .meta({ id: 'ItemChange' });
export type ItemChange = z.infer<typeof ItemChange>;

const PartDiff = z
  .object({
    part: ProfilePartName,
    change: Change.describe('`added` and `removed`: a list that was empty before, or is now'),
    before: z.unknown(),
    after: z.unknown(),
    words: z.array(TextPiece).optional().describe('Of a text: word by word, in the language of the role'),
    items: z
      .array(ItemChange)
      .optional()
      .describe('Of a list: item by item, without those that stayed; empty where only their order changed'),
  })
  .meta({ id: 'PartDiff' });
export type PartDiff = z.infer<typeof PartDiff>;

/** What is different between two versions of a role. */
export const RoleDiff = z
  .object({
    roleId: RoleId,
    from: z.int(),
    to: z.int(),
    parts: z.array(PartDiff).describe('The parts that differ, in the order of the profile'),
    locale: z.object({ before: z.string(), after: z.string() }).nullable().describe('Null where it is the same'),
    writer: z
      .object({ before: WriterIdentity, after: WriterIdentity })
      .nullable()
      .describe('Null where it is the same'),
  })
  .meta({ id: 'RoleDiff' });
export type RoleDiff = z.infer<typeof RoleDiff>;
