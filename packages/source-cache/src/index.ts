export { type Lifetimes, openSourceCache, type SourceCache } from './source-cache.ts';
export { createSourceInvalidator, type SourceInvalidator } from './source-invalidator.ts';
