import type { CreationId, CreationStatus, TenantId } from '@roleforge/contracts';
import { type Database, listUnfinishedOf, setTenantPaused, type UnfinishedCreation } from '@roleforge/db';
import type { CreationQueue } from '@roleforge/queue';

type Needs = { database: Database; queue: CreationQueue; clock: () => Date };

const PAGE = 500;

/**
 * Nothing of a tenant's is begun from now on; what workers have in hand goes on. Resolves with the way to take the tenant's jobs
 * off the queue, which may take a while and of which nothing depends but that others see their true place: a worker to which such
 * a job comes up puts it aside. @throws StoreUnavailable
 */
export async function holdTenant(
  { database, queue, clock }: Needs,
  tenantId: TenantId,
): Promise<{ finish: () => Promise<void> }> {
  await setTenantPaused(database, tenantId, clock());
  return {
    finish: async () => {
      for (const status of WAITING_FOR_A_TURN)
        await eachPage(database, tenantId, status, page => queue.remove(...page.map(({ id }) => id)));
    },
  };
}

/**
 * A tenant's creations may be begun again. Resolves with the way to put them on the queue in the order of their acceptance; if
 * that is broken off, the reconciler does the rest. @throws StoreUnavailable
 */
export async function releaseTenant(
  { database, queue }: Needs,
  tenantId: TenantId,
): Promise<{ finish: () => Promise<void> }> {
  const released = await setTenantPaused(database, tenantId, null);
  return {
    finish: async () => {
      if (!released) return;
      for (const status of WAITING_FOR_A_TURN) await eachPage(database, tenantId, status, page => queue.requeue(page));
      // Begun before the pause, and left by a worker that is gone.
      await eachPage(database, tenantId, 'running', page => queue.restore(page));
    },
  };
}

const WAITING_FOR_A_TURN = ['queued', 'scheduled'] as const satisfies CreationStatus[];

async function eachPage(
  database: Database,
  tenantId: TenantId,
  status: CreationStatus,
  handle: (page: UnfinishedCreation[]) => Promise<unknown>,
): Promise<void> {
  let after: CreationId | null = null;
  for (;;) {
    const page = await listUnfinishedOf(database, tenantId, status, { after, limit: PAGE });
    if (page.length > 0) await handle(page);
    if (page.length < PAGE) return;
    after = page.at(-1)?.id ?? null;
  }
}
