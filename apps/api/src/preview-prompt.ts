import {
  type PreviewStrategy,
  SOURCE_KINDS,
  type SourceDocuments,
  type SourceKind,
  type Strategy,
  type StrategyPreview,
  type TaskId,
  type TenantId,
} from '@roleforge/contracts';
import {
  type ConfiguredModel,
  CreationFailure,
  costOf,
  decideGather,
  findModel,
  fitToBudgets,
  inlineRead,
  type ModelCatalog,
  type SourceRead,
  type SourceReader,
  type SourceReads,
} from '@roleforge/domain';
import { RequestProblem } from './http/problem.ts';
import { type MissingModel, unknownModel } from './missing-model.ts';

export type PreviewNeeds = { sources: SourceReader; missingModel: MissingModel; catalog: ModelCatalog | null };

/**
 * The prompt that a strategy makes for a task as it stands, with its size and what it would cost. No model is called.
 * @throws RequestProblem not_found where base info or another source that the strategy needs is not there, unknown_model, template_invalid
 * @throws StoreUnavailable
 */
export async function previewPrompt(
  { sources, missingModel, catalog }: PreviewNeeds,
  tenantId: TenantId,
  strategy: Strategy,
  { taskId, sources: inline = {} }: PreviewStrategy,
): Promise<StrategyPreview> {
  const missing = missingModel(strategy);
  if (missing !== null) throw unknownModel(missing, '/path/strategyId');
  const reads = await readAll(sources, tenantId, taskId, inline);
  const decision = decideGather(reads, strategy.sources);
  if (decision.kind === 'fail') throw new RequestProblem('not_found', decision.failure.message);

  // Loaded by the first who asks: the tokenizer's vocabulary takes more memory than all the rest of the api.
  const prompts = await import('@roleforge/prompts');
  const locale = strategy.locale ?? decision.sources.baseInfo.locale;
  const fitted = fitToBudgets(decision.sources, strategy.tokenBudgets, prompts.countTokens);
  const prompt = orProblem(() => prompts.composePrompt(fitted.sources, strategy, locale));
  const inputTokens = prompts.countTokens(prompt.system) + prompts.countTokens(prompt.user);
  const previewed = (kind: SourceKind) => {
    const { state, count: items = 0 } = decision.outcomes[kind];
    const { tokens = 0, leftOut = 0 } = fitted.fits[kind] ?? {};
    return { state, count: items, tokens, leftOut };
  };
  const model = catalog === null ? null : findModel(catalog, strategy.model);
  const maxOutputTokens = strategy.maxOutputTokens ?? null;
  return {
    strategyId: strategy.id,
    strategyVersion: strategy.version,
    locale,
    model: model?.model ?? null,
    ...prompt,
    inputTokens,
    maxOutputTokens,
    sources: {
      baseInfo: previewed('baseInfo'),
      talkStyle: previewed('talkStyle'),
      knowledge: previewed('knowledge'),
      products: previewed('products'),
    },
    estimatedCostUsd: estimate(model, inputTokens, maxOutputTokens),
  };
}

type Inline = NonNullable<PreviewStrategy['sources']>;

/** The four at once; what came along stands in for what is stored. */
async function readAll(reader: SourceReader, tenantId: TenantId, taskId: TaskId, inline: Inline): Promise<SourceReads> {
  const readOne = async <K extends SourceKind>(kind: K): Promise<SourceRead<SourceDocuments[K]>> => {
    const given = inline[kind] as SourceDocuments[K] | undefined;
    if (given !== undefined) return inlineRead<K>(given);
    const stored = await reader.readSource(tenantId, taskId, kind);
    return stored === null
      ? { state: 'empty', ms: 0 }
      : { state: 'loaded', document: stored.document, digest: stored.digest, ms: 0 };
  };
  const reads = await Promise.all(SOURCE_KINDS.map(kind => readOne(kind)));
  return Object.fromEntries(SOURCE_KINDS.map((kind, index) => [kind, reads[index]])) as SourceReads;
}

function orProblem<T>(compose: () => T): T {
  try {
    return compose();
  } catch (error) {
    if (error instanceof CreationFailure && error.code === 'template_invalid')
      throw new RequestProblem('template_invalid', error.message, { cause: error });
    throw error;
  }
}

function estimate(
  model: ConfiguredModel | null,
  inputTokens: number,
  maxOutputTokens: number | null,
): StrategyPreview['estimatedCostUsd'] {
  if (model === null || model.price === null) return null;
  return {
    input: costOf(model.price, inputTokens, 0),
    most: maxOutputTokens === null ? null : costOf(model.price, inputTokens, maxOutputTokens),
  };
}
