import type {
  PreviewStrategy,
  Strategy,
  StrategyDocument,
  StrategyId,
  StrategyVersionSummary,
} from '@roleforge/contracts';
import type { StrategyStore } from '@roleforge/db';
import { z } from 'zod';
import { fromCursor, toCursor } from '../cursors.ts';
import { notFound, RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';
import { type PreviewNeeds, previewPrompt } from '../preview-prompt.ts';

type ById = { strategyId: StrategyId };
type ByVersion = ById & { version: number };
type PageOfVersions = { limit: number; cursor?: string | undefined };

export type StrategyNeeds = PreviewNeeds & { strategies: StrategyStore };

export function strategyHandlers(needs: StrategyNeeds) {
  const { strategies } = needs;
  return {
    async list(_input: Input<unknown, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      return { status: 200, body: { items: await strategies.listStrategies(tenantId), nextCursor: null } };
    },

    async read({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const strategy = await strategies.latestStrategy(tenantId, params.strategyId);
      if (strategy === null) throw notFound('strategy');
      return { status: 200, body: strategy };
    },

    async put({ params, body }: Input<ById, unknown, StrategyDocument>, { tenantId }: Caller): Promise<Reply> {
      if (body.templates !== undefined) await refuseBadTemplates(body.templates);
      const strategy = await strategies.putStrategy(tenantId, params.strategyId, body);
      return { status: strategy.version === 1 ? 201 : 200, body: strategy };
    },

    async readVersion({ params }: Input<ByVersion, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const strategy = await strategies.strategyVersion(tenantId, params.strategyId, params.version);
      if (strategy === null) throw notFound('version of a strategy');
      return { status: 200, body: strategy };
    },

    async listVersions({ params, query }: Input<ById, PageOfVersions, unknown>, { tenantId }: Caller): Promise<Reply> {
      const below = fromCursor(query.cursor, z.coerce.number().int().min(1));
      const page = { limit: query.limit, below };
      const { items, more } = await strategies.listStrategyVersions(tenantId, params.strategyId, page);
      const last = items.at(-1);
      if (last === undefined && below === null) throw notFound('strategy');
      return {
        status: 200,
        body: {
          items: items.map(presentVersion),
          nextCursor: more && last !== undefined ? toCursor(last.version) : null,
        },
      };
    },

    async preview({ params, body }: Input<ById, unknown, PreviewStrategy>, { tenantId }: Caller): Promise<Reply> {
      const strategy = await strategies.latestStrategy(tenantId, params.strategyId);
      if (strategy === null) throw notFound('strategy');
      return { status: 200, body: await previewPrompt(needs, tenantId, strategy, body) };
    },
  };
}

/** Liquid and all that belongs to it is loaded by the first who has a template, not by every api at its start. */
async function refuseBadTemplates(templates: NonNullable<StrategyDocument['templates']>): Promise<void> {
  const { checkTemplates } = await import('@roleforge/prompts');
  const errors = checkTemplates(templates);
  if (errors.length > 0)
    throw new RequestProblem('template_invalid', 'A template cannot be used; `errors` says where and why.', { errors });
}

function presentVersion({ id, version, scope, description, createdAt }: Strategy): StrategyVersionSummary {
  return {
    version,
    scope,
    ...(description === undefined ? {} : { description }),
    createdAt,
    links: { self: `/v1/strategies/${id}/versions/${version}` },
  };
}
