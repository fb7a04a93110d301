import { type Database, findTenant, readTenantUsage, setTenantPaused } from '@roleforge/db';
import type { CreationQueue } from '@roleforge/queue';
import { holdTenant, releaseTenant } from '@roleforge/steering';
import { notFound } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';
import { presentTenant } from '../present-tenant.ts';

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
  const { database, behind, clock } = needs;

  async function present({ tenantId }: Caller): Promise<Reply> {
    const tenant = await findTenant(database, tenantId);
    if (tenant === null) throw notFound('tenant');
    return { status: 200, body: presentTenant(tenant, await readTenantUsage(database, tenantId, clock())) };
  }

  async function setPaused(caller: Caller, paused: boolean) {
    const now = clock();
    return { changed: await setTenantPaused(database, caller.tenantId, paused ? now : null, { doer: caller, now }) };
  }

  return {
    read: (_: Nothing, caller: Caller) => present(caller),

    async pause(_: Nothing, caller: Caller): Promise<Reply> {
      const { finish } = await holdTenant(needs, caller.tenantId, () => setPaused(caller, true));
      behind(finish);
      return present(caller);
    },

    async resume(_: Nothing, caller: Caller): Promise<Reply> {
      const { finish } = await releaseTenant(needs, caller.tenantId, () => setPaused(caller, false));
      behind(finish);
      return present(caller);
    },
  };
}
