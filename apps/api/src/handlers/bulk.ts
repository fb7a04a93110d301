import type { BulkId, BulkOperation, SubmitBulk } from '@roleforge/contracts';
import { addBulk, type BulkRecord, type Database, findBulk, surveyBulk } from '@roleforge/db';
import { newBulkId } from '@roleforge/domain';
import type { BulkQueue } from '@roleforge/queue';
import { notFound } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

export type BulkNeeds = { database: Database; bulkQueue: BulkQueue; clock: () => Date };

export function bulkHandlers({ database, bulkQueue, clock }: BulkNeeds) {
  return {
    async submit(
      { body: { action, filter, dryRun } }: Input<unknown, unknown, SubmitBulk>,
      { tenantId, requestId }: Caller,
    ): Promise<Reply> {
      const createdAt = clock();
      const { matched, untilId } = await surveyBulk(database, { tenantId, action, filter });
      const counted = { action, filter, matched, done: 0, untilId, createdAt, finishedAt: null };
      if (dryRun) return { status: 200, body: present({ ...counted, id: null, state: 'dry_run' }) };
      const id = newBulkId(createdAt.getTime());
      const record: BulkRecord = { ...counted, tenantId, id, requestId, state: 'waiting', position: null };
      await addBulk(database, record);
      // The reconciler does it where Redis is away.
      await bulkQueue.enqueue({ tenantId, bulkId: id }).catch(() => {});
      const shown = present(record);
      return { status: 202, body: shown, headers: { Location: shown.links.self ?? '' } };
    },

    async read({ params }: Input<{ bulkId: BulkId }, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const record = await findBulk(database, tenantId, params.bulkId);
      if (record === null) throw notFound('bulk operation');
      return { status: 200, body: present(record) };
    },
  };
}

type Shown = Pick<BulkRecord, 'action' | 'filter' | 'matched' | 'done' | 'createdAt' | 'finishedAt'> &
  Pick<BulkOperation, 'id' | 'state'>;

function present({ id, action, filter, matched, done, state, createdAt, finishedAt }: Shown): BulkOperation {
  return {
    id,
    object: 'bulk_operation',
    action,
    filter,
    matched,
    done,
    state,
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    links: { self: id === null ? null : `/v1/role-creations/bulk/${id}` },
  };
}
