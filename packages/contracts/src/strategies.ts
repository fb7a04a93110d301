import { z } from 'zod';
import { StrategyId, TaskId } from './ids.ts';
import { pageOf } from './pages.ts';
import { InlineSources, Locale, SourceOutcome } from './sources.ts';

const StaleOk = z.strictObject({
  policy: z.literal('staleOk'),
  maxAgeSeconds: z.int().min(1).max(604_800).default(3_600).describe('How old the kept copy may be'),
});

/** Whether a creation may go on without a source. */
export const SourcePolicy = z
  .union([z.enum(['required', 'optional']), StaleOk])
  .describe(
    '`required`: fails without it; `optional`: goes on without it; `staleOk`: optional, and where the database does not answer, a kept copy of up to that age will do',
  );
export type SourcePolicy = z.infer<typeof SourcePolicy>;

// Not trimmed: what is wrong in it is named by line and column.
const template = (about: string) => z.string().max(16_000).regex(/\S/, 'must not be blank').optional().describe(about);
const budget = (tokens: number) => z.int().min(100).max(500_000).default(tokens);

/** How to write a role: what a tenant keeps under a strategy's name. */
export const StrategyDocument = z
  .strictObject({
    description: z.string().trim().min(1).max(500).optional(),
    instructions: z
      .string()
      .trim()
      .min(1)
      .max(8000)
      .optional()
      .describe('Added to the instructions that the model gets: what to stress, what to leave out'),
    locale: Locale.optional().describe('Language of the role; the task’s own where absent'),
    model: z.string().trim().min(1).max(200).optional().describe('AI_MODEL where absent'),
    fallbackModels: z
      .array(z.string().trim().min(1).max(200))
      .max(5)
      .default([])
      .describe('Asked in this order while the model is unavailable'),
    templates: z
      .strictObject({
        system: template(
          'In Liquid. Knows `locale`, `language`, `instructions` and `rules`, and nothing that a customer typed in',
        ),
        user: template(
          'In Liquid. Knows the sources besides: `documents`, `baseInfo`, `talkStyle`, `knowledge`, `products`',
        ),
      })
      .optional()
      .describe('The prompt, in place of the one that comes with RoleForge'),
    temperature: z.number().min(0).max(2).optional(),
    maxOutputTokens: z.int().min(256).max(65_536).optional(),
    structuredOutput: z
      .enum(['json_schema', 'json_object', 'prompt'])
      .default('json_schema')
      .describe('How the model is held to the profile’s schema: providers differ in what they offer'),
    sources: z
      .strictObject({
        baseInfo: z
          .union([z.literal('required'), StaleOk])
          .default('required')
          .describe('Never done without: it holds the name and the language'),
        talkStyle: SourcePolicy.default('optional'),
        knowledge: SourcePolicy.default('optional'),
        products: SourcePolicy.default('optional'),
      })
      .prefault({}),
    tokenBudgets: z
      .strictObject({
        baseInfo: budget(4_000),
        talkStyle: budget(4_000),
        knowledge: budget(12_000),
        products: budget(6_000),
      })
      .prefault({})
      .describe(
        'How many tokens of each source the model is shown; what does not fit is left out and named in `degraded`',
      ),
    onWriterUnavailable: z
      .enum(['wait', 'fail', 'template'])
      .default('wait')
      .describe('While no model can be reached: try again later, fail at once, or write from the template'),
    maxCostUsd: z.number().positive().max(1_000).optional().describe('Most that the calls of one creation may cost'),
  })
  .meta({ id: 'StrategyDocument' });
export type StrategyDocument = z.infer<typeof StrategyDocument>;

export const Strategy = StrategyDocument.extend({
  id: StrategyId,
  object: z.literal('strategy'),
  scope: z.enum(['system', 'tenant']).describe('Whether it comes with RoleForge or is the tenant’s own'),
  version: z.int().describe('Raised by every change'),
  createdAt: z.iso.datetime().nullable().describe('When this version was made; null for one that comes with RoleForge'),
}).meta({ id: 'Strategy' });
export type Strategy = z.infer<typeof Strategy>;

/** A version in the list of a strategy's versions. */
export const StrategyVersionSummary = z
  .object({
    version: z.int(),
    scope: Strategy.shape.scope,
    description: z.string().optional(),
    createdAt: Strategy.shape.createdAt,
    links: z.object({ self: z.string() }),
  })
  .meta({ id: 'StrategyVersionSummary' });
export type StrategyVersionSummary = z.infer<typeof StrategyVersionSummary>;

export const StrategyVersionPage = pageOf(StrategyVersionSummary, 'StrategyVersionPage');

/** The body of `POST /v1/strategies/{strategyId}/preview`. */
export const PreviewStrategy = z
  .strictObject({
    taskId: TaskId,
    sources: InlineSources.optional().describe('Stand in for the stored ones, source by source'),
  })
  .meta({ id: 'PreviewStrategy', example: { taskId: 'tea-shop' } });
export type PreviewStrategy = z.infer<typeof PreviewStrategy>;

const PreviewedSource = z.object({
  state: SourceOutcome.shape.state,
  count: z.int().describe('Items in it; 1 for base info and talk style'),
  tokens: z.int().describe('Of what the model is shown of it'),
  leftOut: z.int().describe('How many of its items do not fit the token budget'),
});

/** What a model would be sent for a task under a strategy. */
export const StrategyPreview = z
  .object({
    strategyId: StrategyId,
    strategyVersion: z.int(),
    locale: z.string().describe('Of the role that would be written'),
    model: z.string().nullable().describe('The first to be asked; null where roles are written from the template'),
    system: z.string(),
    user: z.string(),
    inputTokens: z.int().describe('Of both messages, about; the schema of the answer comes on top'),
    maxOutputTokens: z.int().nullable().describe('The strategy’s; null where it names none'),
    sources: z.object({
      baseInfo: PreviewedSource,
      talkStyle: PreviewedSource,
      knowledge: PreviewedSource,
      products: PreviewedSource,
    }),
    estimatedCostUsd: z
      .object({
        input: z.number(),
        most: z.number().nullable().describe('With `maxOutputTokens` of output; null where there are none'),
      })
      .nullable()
      .describe('Of one call; null where the model has no price'),
  })
  .meta({ id: 'StrategyPreview' });
export type StrategyPreview = z.infer<typeof StrategyPreview>;
