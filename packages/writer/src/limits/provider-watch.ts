import type { ConfiguredModel, ProviderSample } from '@roleforge/domain';
import { createProviderState, type GateRedis } from './provider-state.ts';

type Named = Pick<ConfiguredModel, 'provider' | 'model'>;

/** How these models do, as all workers together know it. Rejects while Redis is away. */
export type ProviderWatch = (models: readonly Named[], now: Date) => Promise<ProviderSample[]>;

/** @param redis one that fails at once while Redis is away, rather than wait for it */
export function createProviderWatch(redis: GateRedis, prefix: string): ProviderWatch {
  const state = createProviderState(redis, prefix);
  return (models, now) =>
    Promise.all(
      models.map(async ({ provider, model }): Promise<ProviderSample> => {
        const { blockMs, openMs, halfOpen } = await state.look({ provider, model });
        const inMs = (ms: number) => (ms > 0 ? new Date(now.getTime() + ms) : null);
        return {
          provider,
          model,
          breaker: openMs > 0 ? 'open' : halfOpen ? 'half_open' : 'closed',
          openUntil: inMs(openMs),
          limitedUntil: inMs(blockMs),
        };
      }),
    );
}
