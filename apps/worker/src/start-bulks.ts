import type { Database } from '@roleforge/db';
import { startBulkConsumer } from '@roleforge/queue';
import { runBulk, type Steering } from '@roleforge/steering';

type Needs = Pick<Parameters<typeof startBulkConsumer>[0], 'redis' | 'prefix' | 'onError'> & {
  database: Database;
  steering: Steering;
  clock: () => Date;
};

/** Carries out the bulk calls of tenants as they come. */
export function startBulks({ database, steering, clock, ...queue }: Needs): ReturnType<typeof startBulkConsumer> {
  return startBulkConsumer({
    ...queue,
    handle: async ({ tenantId, bulkId }, signal) =>
      void (await runBulk({ database, steering, clock }, tenantId, bulkId, signal)),
  });
}
