import type { AdministeredTenant, Tenant, TenantUsage } from '@roleforge/contracts';
import type { TenantRecord } from '@roleforge/db';

/** A tenant as it is shown to itself. */
export function presentTenant(record: TenantRecord, usage: TenantUsage): Tenant {
  return { ...presentRecord(record), usage };
}

/** A tenant as the operator sees it. */
export function presentAdministered(record: TenantRecord): AdministeredTenant {
  return { ...presentRecord(record), status: record.status };
}

function presentRecord({ id, name, weight, limits, pausedAt, createdAt }: TenantRecord): Omit<Tenant, 'usage'> {
  return {
    id,
    object: 'tenant',
    name,
    weight,
    limits,
    paused: pausedAt !== null,
    pausedAt: pausedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}
