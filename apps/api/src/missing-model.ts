import type { StrategyDocument } from '@roleforge/contracts';
import { findModel, type ModelCatalog } from '@roleforge/domain';
import { RequestProblem } from './http/problem.ts';

/** The first model that a strategy asks for and that is not configured; null where there is none such. */
export type MissingModel = (strategy: Pick<StrategyDocument, 'model' | 'fallbackModels'>) => string | null;

/** @param catalog null where roles are written from the template: then every model that is named is missing */
export function createMissingModel(catalog: ModelCatalog | null): MissingModel {
  return ({ model, fallbackModels }) => {
    const named = model === undefined ? fallbackModels : [model, ...fallbackModels];
    return named.find(name => catalog === null || findModel(catalog, name) === null) ?? null;
  };
}

/** @param pointer to what named the strategy */
export function unknownModel(model: string, pointer: string): RequestProblem {
  return new RequestProblem('unknown_model', `The strategy asks for the model ${model}, which is not configured.`, {
    errors: [{ pointer, message: `asks for the unknown model ${model}` }],
  });
}
