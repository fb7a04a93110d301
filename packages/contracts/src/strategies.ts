import { z } from 'zod';
import { StrategyId } from './ids.ts';
import { Locale } from './sources.ts';

/** Whether a creation may go on without a source. */
export const SourcePolicy = z.enum(['required', 'optional']);
export type SourcePolicy = z.infer<typeof SourcePolicy>;

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
    temperature: z.number().min(0).max(2).optional(),
    maxOutputTokens: z.int().min(256).max(65_536).optional(),
    structuredOutput: z
      .enum(['json_schema', 'json_object', 'prompt'])
      .default('json_schema')
      .describe('How the model is held to the profile’s schema: providers differ in what they offer'),
    sources: z
      .strictObject({
        baseInfo: z.literal('required').default('required').describe('Always: it holds the name and the language'),
        talkStyle: SourcePolicy.default('optional'),
        knowledge: SourcePolicy.default('optional'),
        products: SourcePolicy.default('optional'),
      })
      .prefault({}),
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
