import {
  BURST_ALONE,
  type ChangeTenant,
  type CreatedTenant,
  type CreateTenant,
  TenantId,
  type TenantListQuery,
  type UsageQuery,
} from '@roleforge/contracts';
import { changeTenant, createTenant, findTenant, listTenants, setTenantSuspended } from '@roleforge/db';
import { BurstAlone } from '@roleforge/domain';
import { holdTenant, releaseTenant } from '@roleforge/steering';
import { fromCursor, toCursor } from '../cursors.ts';
import { notFound, RequestProblem } from '../http/problem.ts';
import type { Input, Operator, Reply } from '../http/route.ts';
import { presentAdministered } from '../present-tenant.ts';
import type { TenantNeeds } from './tenant.ts';
import { type UsageNeeds, usageHandlers } from './usage.ts';

export type OperatorTenantNeeds = TenantNeeds &
  UsageNeeds & {
    /** What new keys are hashed with, the first of them; without one where there is none. */
    peppers: readonly string[];
    /** Tells the queue that a tenant's weight or limits are others now. Left undone, it learns of them by and by. */
    sharesChanged: (tenantId: TenantId) => Promise<void>;
  };

type ById = { tenantId: TenantId };

/** What the operator does with tenants. */
export function operatorTenantHandlers(needs: OperatorTenantNeeds) {
  const { database, readList, behind, clock, sharesChanged } = needs;
  const pepper = needs.peppers[0] ?? null;
  const usage = usageHandlers(needs);

  async function setSuspended(operator: Operator, tenantId: TenantId, suspended: boolean): Promise<Reply> {
    const follow = suspended ? holdTenant : releaseTenant;
    const { result, finish } = await follow(needs, tenantId, () =>
      setTenantSuspended(database, operator, tenantId, suspended, clock()),
    );
    if (result === null) throw notFound('tenant');
    behind(finish);
    return { status: 200, body: presentAdministered(result.tenant) };
  }

  return {
    async create({ body }: Input<unknown, unknown, CreateTenant>, operator: Operator): Promise<Reply> {
      const { tenant, apiKey } = await createTenant(database, operator, body, { pepper, now: clock() });
      behind(() => sharesChanged(tenant.id));
      const created: CreatedTenant = { ...presentAdministered(tenant), apiKey };
      return {
        status: 201,
        body: created,
        headers: { Location: `/admin/v1/tenants/${tenant.id}`, 'Cache-Control': 'no-store' },
      };
    },

    async list({ query }: Input<unknown, TenantListQuery, unknown>): Promise<Reply> {
      const before = fromCursor(query.cursor, TenantId);
      const { items, more } = await readList(from => listTenants(from, { ...query, before }));
      const last = items.at(-1);
      return {
        status: 200,
        body: {
          items: items.map(presentAdministered),
          nextCursor: more && last !== undefined ? toCursor(last.id) : null,
        },
      };
    },

    async read({ params }: Input<ById, unknown, unknown>): Promise<Reply> {
      const tenant = await findTenant(database, params.tenantId);
      if (tenant === null) throw notFound('tenant');
      return { status: 200, body: presentAdministered(tenant) };
    },

    async change({ params, body }: Input<ById, unknown, ChangeTenant>, operator: Operator): Promise<Reply> {
      const outcome = await changeTenant(database, operator, params.tenantId, body, clock()).catch(error => {
        throw error instanceof BurstAlone ? burstAlone(error) : error;
      });
      if (outcome === null) throw notFound('tenant');
      // Told again where nothing changed: the first time may not have reached the queue.
      behind(() => sharesChanged(params.tenantId));
      return { status: 200, body: presentAdministered(outcome.tenant) };
    },

    suspend: ({ params }: Input<ById, unknown, unknown>, operator: Operator) =>
      setSuspended(operator, params.tenantId, true),

    resume: ({ params }: Input<ById, unknown, unknown>, operator: Operator) =>
      setSuspended(operator, params.tenantId, false),

    async usage({ params, query }: Input<ById, UsageQuery, unknown>): Promise<Reply> {
      if ((await findTenant(database, params.tenantId)) === null) throw notFound('tenant');
      return usage.read({ query }, params);
    },
  };
}

function burstAlone(cause: BurstAlone): RequestProblem {
  const { path, message } = BURST_ALONE;
  return new RequestProblem('invalid_body', 'With this change a burst would stand without `requestsPerSecond`.', {
    cause,
    errors: [{ pointer: `/${path.join('/')}`, message }],
  });
}
