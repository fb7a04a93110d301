import type { Degradation, Strategy } from '@roleforge/contracts';
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
          if (!isUnavailable(error)) throw error;
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

/** The draft, with why it is not the first model's. */
function amended(draft: Draft, unavailable: readonly Unavailable[], standIn: StandIn): Draft {
  const [first] = unavailable;
  if (first === undefined) return draft;
  const degraded: Degradation[] = [...(draft.degraded ?? []), { ...standIn, reason: codeOf(first) }];
  return { ...draft, degraded };
}

/** A failure says more than a wait, and has been paid for; else the wait that ends first. */
function whyToWait(unavailable: readonly Unavailable[]): Unavailable {
  const failure = unavailable.findLast(error => error instanceof CreationFailure);
  if (failure !== undefined) return failure;
  const waits = unavailable.filter(error => error instanceof ProviderBusy);
  return waits.reduce((soonest, wait) => (wait.until < soonest.until ? wait : soonest));
}

function asFinal(unavailable: readonly Unavailable[]): CreationFailure {
  const why = whyToWait(unavailable);
  return new CreationFailure(codeOf(why), why.message, { cause: why, final: true });
}
