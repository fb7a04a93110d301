import type { Tenant, TenantId } from '@roleforge/contracts';
import { type Database, findTenant } from '@roleforge/db';
import type { CreationQueue } from '@roleforge/queue';
import { holdTenant, releaseTenant } from '@roleforge/steering';
import { notFound } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

export type TenantNeeds = {
  database: Database;
  queue: CreationQueue;
  /** Has something done that the answer need not wait for. */
  behind: (work: () => Promise<void>) => void;
  clock: () => Date;
};

type Nothing = Input<unknown, unknown, unknown>;

/** What a tenant sees of itself, and the switch for all that it has submitted. */
export function tenantHandlers(needs: TenantNeeds) {
  async function present(tenantId: TenantId): Promise<Reply> {
    const tenant = await findTenant(needs.database, tenantId);
    if (tenant === null) throw notFound('tenant');
    const { id, name, pausedAt, createdAt } = tenant;
    const body: Tenant = {
      id,
      object: 'tenant',
      name,
      paused: pausedAt !== null,
      pausedAt: pausedAt?.toISOString() ?? null,
      createdAt: createdAt.toISOString(),
    };
    return { status: 200, body };
  }

  return {
    read: (_: Nothing, { tenantId }: Caller) => present(tenantId),

    async pause(_: Nothing, { tenantId }: Caller): Promise<Reply> {
      const { finish } = await holdTenant(needs, tenantId);
      needs.behind(finish);
      return present(tenantId);
    },

    async resume(_: Nothing, { tenantId }: Caller): Promise<Reply> {
      const { finish } = await releaseTenant(needs, tenantId);
      needs.behind(finish);
      return present(tenantId);
    },
  };
}
