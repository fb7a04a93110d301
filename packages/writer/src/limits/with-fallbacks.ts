import type { Degradation, Strategy, Usage } from '@roleforge/contracts';
import {
  type ConfiguredModel,
  CreationFailure,
  type Draft,
  findModel,
  type ModelCatalog,
  ProviderBusy,
  type Writer,
} from '@roleforge/domain';

export type FallbackSettings = {
  catalog: ModelCatalog;
  /** The writer that asks this model. */
  writerFor(model: ConfiguredModel): Writer;
  /** For strategies that rather have a role from the template than none. */
  template: Writer;
};

/** A model that could not be asked, or to no end. */
type Unavailable = CreationFailure | ProviderBusy;

/**
 * Asks a strategy's model and, while that is unavailable, those that the strategy names in its place, in their order and within
 * the same attempt. Whose turn within the provider's limits has not come waits for it, and a bad draft or a refusal is the end
 * of the try: another model is no answer to either. Where all are unavailable the strategy says what is to be done.
 *
 * The writer throws CreationFailure, besides what the models' writers throw, with `model_unknown` where a model is not configured.
 */
export function withFallbacks({ catalog, writerFor, template }: FallbackSettings): Writer {
  return {
    async write(brief, context): Promise<Draft> {
      const { strategy } = brief;
      const unavailable: Unavailable[] = [];
      for (const model of modelsOf(strategy, catalog)) {
        try {
          const asked = { ...brief, strategy: { ...strategy, model: model.model } };
          const draft = await writerFor(model).write(asked, context);
          return amended(draft, unavailable, { writer: 'ai', model: model.model });
        } catch (error) {
          if (!isUnavailable(error)) throw withUsage(error, unavailable);
          unavailable.push(error);
        }
      }
      switch (strategy.onWriterUnavailable) {
        case 'wait':
          throw whyToWait(unavailable);
        case 'fail':
          throw asFinal(unavailable);
        case 'template':
          context.signal.throwIfAborted();
          return amended(await template.write(brief, context), unavailable, { writer: 'template' });
      }
    },
  };
}

function modelsOf({ model, fallbackModels }: Strategy, catalog: ModelCatalog): ConfiguredModel[] {
  const models = [model, ...fallbackModels].map(name => {
    const found = findModel(catalog, name);
    if (found === null)
      throw new CreationFailure('model_unknown', `The strategy asks for a model that is not configured: ${name}.`);
    return found;
  });
  return [...new Set(models)];
}

/** Whether another model may help. */
function isUnavailable(error: unknown): error is Unavailable {
  if (error instanceof ProviderBusy) return error.reason === 'breaker_open' || error.blocked;
  if (!(error instanceof CreationFailure)) return false;
  return (
    error.code === 'provider_unavailable' || error.code === 'provider_timeout' || error.code === 'provider_limited'
  );
}

const codeOf = (error: Unavailable) => (error instanceof ProviderBusy ? error.reason : error.code);

/** Who stood in for the first model, and why. */
type StandIn = { writer: 'ai'; model: string } | { writer: 'template' };

/** The draft with what went before it: the failed calls' cost, and why it is not the first model's. */
function amended(draft: Draft, unavailable: readonly Unavailable[], standIn: StandIn): Draft {
  const [first] = unavailable;
  if (first === undefined) return draft;
  const degraded: Degradation[] = [...(draft.degraded ?? []), { ...standIn, reason: codeOf(first) }];
  return { ...draft, usage: sum([...usages(unavailable), draft.usage]), degraded };
}

/** A failure says more than a wait, and has been paid for; else the wait that ends first. */
function whyToWait(unavailable: readonly Unavailable[]): Unavailable {
  const failure = unavailable.findLast(error => error instanceof CreationFailure);
  if (failure !== undefined) return repeated(failure, { usage: totalOf(unavailable) });
  const waits = unavailable.filter(error => error instanceof ProviderBusy);
  return waits.reduce((soonest, wait) => (wait.until < soonest.until ? wait : soonest));
}

function asFinal(unavailable: readonly Unavailable[]): CreationFailure {
  const why = whyToWait(unavailable);
  if (why instanceof CreationFailure) return repeated(why, { final: true });
  return new CreationFailure(why.reason, why.message, { cause: why, final: true, ...usageDetail(why.usage) });
}

/** An error that ends the try, with what the models before it had spent. */
function withUsage(error: unknown, before: readonly Unavailable[]): unknown {
  if (usages(before).length === 0) return error;
  if (error instanceof CreationFailure) return repeated(error, { usage: totalOf([...before, error]) });
  if (error instanceof ProviderBusy) {
    const { reason, until, message, blocked } = error;
    return new ProviderBusy(reason, until, message, { blocked, usage: totalOf([...before, error]) });
  }
  return error;
}

type Changes = { usage?: Usage | undefined; final?: boolean };

function repeated(failure: CreationFailure, { usage = failure.usage, final = failure.final }: Changes) {
  const { code, message, cause, retryAfterMs } = failure;
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new CreationFailure(code, message, { cause, final, ...asked, ...usageDetail(usage) });
}

const usageDetail = (usage: Usage | undefined) => (usage === undefined ? {} : { usage });

const usages = (errors: readonly Unavailable[]) => errors.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));

function totalOf(errors: readonly Unavailable[]): Usage | undefined {
  const spent = usages(errors);
  return spent.length === 0 ? undefined : sum(spent);
}

function sum(spent: readonly Usage[]): Usage {
  return spent.reduce((total, usage) => ({
    calls: total.calls + usage.calls,
    inputTokens: total.inputTokens + usage.inputTokens,
    outputTokens: total.outputTokens + usage.outputTokens,
    costUsd: total.costUsd + usage.costUsd,
  }));
}
