import type { TenantId } from '@roleforge/contracts';
import { type Database, listTenantShares, type TenantShareRecord } from '@roleforge/db';
import type { CreationQueue, TenantShare } from '@roleforge/queue';

type Needs = { database: Database; queue: Pick<CreationQueue, 'setTenantShares'>; clock: () => Date };

/**
 * Tells the queue what each tenant has of the workers. What a tenant spends comes with it: once it has reached its limit for the
 * month, nothing of it is begun until the month turns or the limit is raised. Rejects when MySQL or Redis does not answer.
 */
export async function shareOutAll({ database, queue, clock }: Needs): Promise<void> {
  const shares = await listTenantShares(database, clock());
  await queue.setTenantShares(shares.map(toShare), { complete: true });
}

/** As `shareOutAll`, for one tenant whose weight or limits have just been changed. */
export async function shareOutTo({ database, queue, clock }: Needs, tenantId: TenantId): Promise<void> {
  const shares = await listTenantShares(database, clock(), tenantId);
  await queue.setTenantShares(shares.map(toShare));
}

function toShare({ tenantId, weight, running, monthlyCostUsd, spentUsd }: TenantShareRecord): TenantShare {
  const spent = monthlyCostUsd !== null && spentUsd >= monthlyCostUsd;
  return { tenantId, weight, cap: spent ? 0 : running };
}
