import { z } from 'zod';

/** The four things that are known about a role-to-be, in the order in which they are read and shown. */
export const SOURCE_KINDS = ['baseInfo', 'talkStyle', 'knowledge', 'products'] as const;
export const SourceKind = z.enum(SOURCE_KINDS);
export type SourceKind = z.infer<typeof SourceKind>;

/** The part of the address under which each source is kept: `/v1/tasks/{taskId}/base-info`. */
export const SOURCE_PATHS = {
  baseInfo: 'base-info',
  talkStyle: 'talk-style',
  knowledge: 'knowledge',
  products: 'products',
} as const satisfies Record<SourceKind, string>;

const text = (max: number) => z.string().trim().min(1).max(max);
const texts = (count: number, max: number) => z.array(text(max)).max(count);
const itemId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -');

/** Refuses two items under one id, with a pointer to the second. */
function distinctIds(items: readonly { id?: string | undefined }[], ctx: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { id }] of items.entries()) {
    if (id === undefined) continue;
    if (seen.has(id)) ctx.addIssue({ code: 'custom', path: [index, 'id'], message: `the id ${id} is used twice` });
    seen.add(id);
  }
}

/** Language, script and region of a BCP 47 tag, and no more: the tag goes into the model's instructions as it stands. */
export const Locale = z
  .string()
  .regex(
    /^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$/,
    'must be a language tag such as zh-CN, zh-Hant-TW or en',
  )
  .meta({ example: 'zh-CN' });

export const BaseInfo = z
  .strictObject({
    name: text(80),
    locale: Locale,
    gender: text(40).optional(),
    age: z.union([z.int().min(0).max(100_000), text(40)]).optional(),
    occupation: text(200).optional(),
    company: text(200).optional(),
    background: text(8000).optional(),
    goals: texts(20, 500).optional(),
  })
  .meta({ id: 'BaseInfo', description: 'Who the role is' });
export type BaseInfo = z.infer<typeof BaseInfo>;

export const SampleDialogue = z.strictObject({ user: text(2000), role: text(2000) });

export const TalkStyle = z
  .strictObject({
    tone: text(500),
    formality: text(200).optional(),
    catchphrases: texts(20, 200).optional(),
    avoid: texts(50, 500).optional(),
    sampleDialogues: z.array(SampleDialogue).max(20).optional(),
    emoji: z.union([z.boolean(), text(200)]).optional(),
    replyLength: text(200).optional(),
  })
  .meta({ id: 'TalkStyle', description: 'How the role speaks' });
export type TalkStyle = z.infer<typeof TalkStyle>;

export const KnowledgeItem = z.strictObject({
  id: itemId.optional(),
  title: text(200),
  content: text(20_000),
  tags: texts(20, 60).optional(),
  weight: z.number().min(0).max(1000).optional().describe('What matters more when not all of it fits'),
});
export type KnowledgeItem = z.infer<typeof KnowledgeItem>;

export const Knowledge = z
  .strictObject({ items: z.array(KnowledgeItem).max(500).superRefine(distinctIds) })
  .meta({ id: 'Knowledge', description: 'What the role knows' });
export type Knowledge = z.infer<typeof Knowledge>;

export const Product = z.strictObject({
  id: itemId.optional(),
  name: text(200),
  description: text(4000).optional(),
  price: z.number().min(0).max(1e12).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as CNY')
    .optional(),
  sellingPoints: texts(20, 500).optional(),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
});
export type Product = z.infer<typeof Product>;

export const Products = z
  .strictObject({ items: z.array(Product).max(500).superRefine(distinctIds) })
  .meta({ id: 'Products', description: 'What the role offers' });
export type Products = z.infer<typeof Products>;

/** The schema of each source's document. */
export const SOURCE_SCHEMAS = { baseInfo: BaseInfo, talkStyle: TalkStyle, knowledge: Knowledge, products: Products };

/** Each source's document by its kind. */
export type SourceDocuments = {
  baseInfo: BaseInfo;
  talkStyle: TalkStyle;
  knowledge: Knowledge;
  products: Products;
};

/** Sources sent along with a request, which stand in for the stored ones for this creation alone. */
export const InlineSources = z
  .strictObject({
    baseInfo: BaseInfo.optional(),
    talkStyle: TalkStyle.optional(),
    knowledge: Knowledge.optional(),
    products: Products.optional(),
  })
  .meta({ id: 'InlineSources' });
export type InlineSources = z.infer<typeof InlineSources>;

/** What became of one source in one creation. */
export const SourceOutcome = z
  .object({
    state: z.enum(['pending', 'loaded', 'empty', 'inline', 'stale', 'failed']),
    count: z.int().optional().describe('Items in it; 1 for base info and talk style'),
    digest: z.string().optional().describe('SHA-256 of the document that was used, in hex'),
    ms: z.number().optional().describe('How long the read took, in milliseconds'),
    cached: z.boolean().optional(),
    cache: z
      .enum(['miss', 'memory', 'redis'])
      .optional()
      .describe('Which copy was used; `miss`: none, it was read from the database'),
    tokens: z.int().optional().describe('Of what the model is shown of it'),
    leftOut: z.int().optional().describe('How many of its items did not fit the token budget, where any did not'),
    ageSeconds: z.int().optional().describe('How long ago the copy was read, where the database did not answer'),
  })
  .meta({ id: 'SourceOutcome' });
export type SourceOutcome = z.infer<typeof SourceOutcome>;

export const SourceOutcomes = z.object({
  baseInfo: SourceOutcome,
  talkStyle: SourceOutcome,
  knowledge: SourceOutcome,
  products: SourceOutcome,
});
export type SourceOutcomes = z.infer<typeof SourceOutcomes>;
