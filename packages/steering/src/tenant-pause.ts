import type { CreationId, CreationStatus, TenantId } from '@roleforge/contracts';
import { type Database, findTenant, listUnfinishedOf, type UnfinishedCreation } from '@roleforge/db';
import type { CreationQueue } from '@roleforge/queue';
import { putBack } from './put-back.ts';

type Needs = { database: Database; queue: CreationQueue };

/** A change in the ledger, which says whether it changed anything; what else it says is handed on. */
type Change<T> = () => Promise<T>;
type Changed = { changed: boolean };

/** What the change in the ledger said, and the way to have the queue follow, which may take a while. */
type Switched<T> = { result: T; finish: () => Promise<void> };

const PAGE = 500;

/*
 * A tenant may be stopped twice: by its owner's pause, and by the operator who suspends it. Its jobs are on the queue while it is
 * stopped by neither. Whoever comes to follow a change looks how things stand by then: another may have followed a later one already.
 */

/**
 * Nothing of a tenant's is begun once `stop` has noted so in the ledger; what workers have in hand goes on. Resolves with the way
 * to take the tenant's jobs off the queue, of which nothing depends but that others see their true place: a worker to which such a
 * job comes up puts it aside. Done again where nothing changed: the first time may have been broken off.
 * @throws whatever `stop` throws
 */
export async function holdTenant<T extends Changed | null>(
  { database, queue }: Needs,
  tenantId: TenantId,
  stop: Change<T>,
): Promise<Switched<T>> {
  const result = await stop();
  return {
    result,
    finish: async () => {
      if (!(await isStopped(database, tenantId))) return;
      for (const status of WAITING_FOR_A_TURN)
        await eachPage(database, tenantId, status, page => queue.remove(...page.map(({ id }) => id)));
    },
  };
}

/**
 * A tenant's creations may be begun again once `release` has noted so in the ledger, unless it is stopped in the other way as well.
 * Resolves with the way to put them on the queue in the order of their acceptance; if that is broken off, the reconciler does the rest.
 * @throws whatever `release` throws
 */
export async function releaseTenant<T extends Changed | null>(
  { database, queue }: Needs,
  tenantId: TenantId,
  release: Change<T>,
): Promise<Switched<T>> {
  const result = await release();
  return {
    result,
    finish: async () => {
      if (!result?.changed || (await isStopped(database, tenantId))) return;
      for (const status of WAITING_FOR_A_TURN)
        await eachPage(database, tenantId, status, async page => {
          await queue.requeue(page);
          // What a worker puts aside at this moment may leave the queue yet.
          await putBack(queue, page);
        });
      // Begun before the pause, and left by a worker that is gone.
      await eachPage(database, tenantId, 'running', page => queue.restore(page));
    },
  };
}

/** Whether nothing of the tenant's may be begun; so too where there is no such tenant. */
async function isStopped(database: Database, tenantId: TenantId): Promise<boolean> {
  const tenant = await findTenant(database, tenantId);
  return tenant === null || tenant.status !== 'active' || tenant.pausedAt !== null;
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
