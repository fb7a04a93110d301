import { type Creation, CreationId, type CreationListQuery, type TenantId } from '@roleforge/contracts';
import {
  type Database,
  findCreation,
  findTenant,
  listCreations,
  listTenantShares,
  type ReadList,
  readSystemPause,
} from '@roleforge/db';
import {
  type CreationRecord,
  estimateStart,
  explainWait,
  isWaiting,
  type Parked,
  presentCreation,
} from '@roleforge/domain';
import type { CreationQueue, WorkforceState } from '@roleforge/queue';
import { fromCursor, toCursor } from '../cursors.ts';
import { notFound } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

export type CreationNeeds = {
  database: Database;
  readList: ReadList;
  queue: CreationQueue;
  /** Rejects when Redis does not answer. */
  workforce: () => Promise<WorkforceState>;
  clock: () => Date;
};

type ById = { creationId: CreationId };

export function creationHandlers({ database, readList, queue, workforce, clock }: CreationNeeds) {
  /** Redis alone knows the place in the queue; without it the rest is still true. */
  async function whereItWaits({ id, status, runAt }: CreationRecord): Promise<NonNullable<Creation['queue']>> {
    const known = await Promise.all([queue.place(id), workforce()]).catch(() => null);
    if (known === null) return { position: null, estimatedStartAt: null };
    const [{ position, notBefore }, { workers, startsPerSecond }] = known;
    const start = estimateStart(
      { held: status === 'held', position, notBefore: notBefore ?? runAt, workers, startsPerSecond },
      clock(),
    );
    return { position, estimatedStartAt: start?.toISOString() ?? null };
  }

  /** By which of its limits a tenant keeps what is parked. */
  async function keptOutBy(tenantId: TenantId): Promise<Parked> {
    const [share] = await listTenantShares(database, clock(), tenantId);
    const { running: cap = null, monthlyCostUsd = null, spentUsd = 0 } = share ?? {};
    return { cap, spent: monthlyCostUsd !== null && spentUsd >= monthlyCostUsd };
  }

  return {
    async read({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const record = await findCreation(database, tenantId, params.creationId);
      if (record === null) throw notFound('role creation');
      if (!isWaiting(record.status)) return { status: 200, body: presentCreation(record) };
      return { status: 200, body: presentCreation(record, await whereItWaits(record)) };
    },

    async explain({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const { creationId: id } = params;
      const [record, tenant, pausedSince] = await Promise.all([
        findCreation(database, tenantId, id),
        findTenant(database, tenantId),
        readSystemPause(database),
      ]);
      if (record === null) throw notFound('role creation');
      const known = await Promise.all([queue.place(id), queue.held([id]), workforce()]).catch(() => null);
      const facts = {
        record,
        systemPaused: pausedSince !== null,
        tenantSuspended: tenant?.status === 'suspended',
        tenantPaused: tenant !== null && tenant.pausedAt !== null,
        parked: known?.[0].parked ? await keptOutBy(tenantId) : null,
        position: known?.[0].position ?? null,
        queued: known?.[1].has(id) ?? null,
        workers: known?.[2].workers ?? null,
        now: clock(),
      };
      return { status: 200, body: explainWait(facts) };
    },

    async list({ query }: Input<unknown, CreationListQuery, unknown>, { tenantId }: Caller): Promise<Reply> {
      const before = fromCursor(query.cursor, CreationId);
      const { items, more } = await readList(from => listCreations(from, tenantId, { ...query, before }));
      const last = items.at(-1);
      return {
        status: 200,
        body: {
          items: items.map(record => presentCreation(record)),
          nextCursor: more && last !== undefined ? toCursor(last.id) : null,
        },
      };
    },
  };
}
