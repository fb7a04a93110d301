import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { connectTestRedis, newQueuePrefix } from '@roleforge/testkit';
import { createProviderState } from './provider-state.ts';
import { createProviderWatch } from './provider-watch.ts';

let prefix: string;
let redis: Awaited<ReturnType<typeof connectTestRedis>>;
beforeEach(async () => {
  prefix = newQueuePrefix();
  redis = await connectTestRedis();
});
afterEach(() => redis.disconnect());

const NOW = new Date('2031-05-05T12:00:00.000Z');
const [A, B] = [
  { provider: 'house', model: 'a', price: null },
  { provider: 'house', model: 'b', price: null },
];

test('shows which models fail, which are tried again, and which provider wants no calls', async () => {
  const watch = createProviderWatch(redis, prefix);
  const state = createProviderState(redis, prefix);
  const calm = { breaker: 'closed', openUntil: null, limitedUntil: null };
  expect(await watch([A, B], NOW)).toEqual([
    { provider: 'house', model: 'a', ...calm },
    { provider: 'house', model: 'b', ...calm },
  ]);
  await state.open(A);
  const [failing, well] = await watch([A, B], NOW);
  expect([failing?.breaker, well?.breaker]).toEqual(['open', 'closed']);
  expect(failing?.openUntil?.getTime()).toBeGreaterThan(NOW.getTime() + 14_000);
  await redis.del(`{${prefix}:provider:house}:a:open`);
  expect((await watch([A], NOW))[0]).toMatchObject({ breaker: 'half_open', openUntil: null });
  await state.close(A);
  await state.block(B, 5_000);
  for (const { limitedUntil } of await watch([A, B], NOW))
    expect(limitedUntil?.getTime()).toBeGreaterThan(NOW.getTime() + 4_000);
});

test('of no models there is nothing to be seen', async () => {
  expect(await createProviderWatch(redis, prefix)([], NOW)).toEqual([]);
});
