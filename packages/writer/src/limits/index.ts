/* A door of its own, for those who want to know how providers do and ask none: behind the other stands all that asks them. */
export { createProviderWatch, type ProviderWatch } from './provider-watch.ts';
