/** What a model's tokens cost, in US dollars for a million of them. */
export type ModelPrice = { inputUsdPerMillion: number; outputUsdPerMillion: number };

/** A model that is configured. `price` is null where nobody has named one: its calls count as free. */
export type ConfiguredModel = { provider: string; model: string; price: ModelPrice | null };

/** Who serves models: an OpenAI-compatible API, with the limits that hold for its key over all workers together. */
export type ModelProvider = {
  /** As strategies, roles and the usage report name it. */
  name: string;
  /** Up to the part before `/chat/completions`. */
  baseUrl: string;
  /** Sent as a bearer token; a local server may need none. */
  apiKey: string | null;
  /** Whether answers are asked for as a stream. */
  streaming: boolean;
  /** Most calls in a minute; null where nobody has said. */
  requestsPerMinute: number | null;
  /** Most tokens in a minute, those sent and those written together; null where nobody has said. */
  tokensPerMinute: number | null;
};

/** Every model that strategies may ask for. The first one is for those that ask for none. */
export type ModelCatalog = { providers: readonly ModelProvider[]; models: readonly ConfiguredModel[] };

/**
 * The model of this name, written `model` or, where several providers have one of that name, `provider/model`; the first of
 * the catalog where no name is given. Null where it is not configured.
 */
export function findModel(catalog: ModelCatalog, name?: string): ConfiguredModel | null {
  if (name === undefined) return catalog.models[0] ?? null;
  const found = catalog.models.find(({ provider, model }) => model === name || `${provider}/${model}` === name);
  return found ?? null;
}

/** What a call costs in US dollars. */
export function costOf(price: ModelPrice | null, inputTokens: number, outputTokens: number): number {
  if (price === null) return 0;
  return (inputTokens * price.inputUsdPerMillion + outputTokens * price.outputUsdPerMillion) / 1_000_000;
}
